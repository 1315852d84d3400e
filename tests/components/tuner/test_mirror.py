"""A local folder of searches, and what a store of objects has of it at any moment."""

import threading
import time
from pathlib import Path

import pytest

from components import storage
from components.tuner.mirror import STATE, forget_old, mirrored
from models.errors import UserError

NEVER = 3600.0


@pytest.fixture
def address(bucket):
    return f"{bucket}/deployment/searches/unfinished"


def write(folder, name, text):
    path = Path(folder, name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def files(folder):
    return {name: Path(folder, name).read_text() for name in storage.files_below(folder)}


def seen_by_another_pod(address, search="a"):
    with mirrored(address, search, seconds=NEVER) as folder:
        return files(folder)


def await_in_another_pod(address, expected):
    deadline = time.monotonic() + 30
    while (seen := seen_by_another_pod(address)) != expected:
        assert time.monotonic() < deadline, seen


def test_what_was_written_is_there_while_the_search_goes_on(address):
    with mirrored(address, "a", seconds=0.01) as folder:
        assert files(folder) == {}
        write(folder, "a/trial_0/trial.json", '{"value": 1}')
        write(folder, "a/oracle.json", '{"trials": 1}')
        write(folder, "a/search.json.partial", "{")
        expected = {"a/trial_0/trial.json": '{"value": 1}', "a/oracle.json": '{"trials": 1}'}
        await_in_another_pod(address, expected)
        write(folder, "a/oracle.json", '{"trials": 2}')
        await_in_another_pod(address, expected | {"a/oracle.json": '{"trials": 2}'})


def test_report_can_be_looked_at(address):
    with mirrored(address, "a", seconds=NEVER) as folder:
        write(folder, "a/search.json", '{"trials": []}')
    assert storage.read_text(f"{address}/a/search.json") == '{"trials": []}'
    assert sorted(storage.files_below(address)) == ["a/search.json", f"a/{STATE}"]


def test_half_a_file_is_not_kept(address):
    for content in ('{"trials": 1}', '{"trials"'):
        with mirrored(address, "a", seconds=NEVER) as folder:
            write(folder, "a/oracle.json", content)
    assert seen_by_another_pod(address) == {"a/oracle.json": '{"trials": 1}'}


def test_other_searches_are_let_alone(address, monkeypatch):
    for search in ("a", "ab"):
        with mirrored(address, search, seconds=NEVER) as folder:
            write(folder, f"{search}/oracle.json", "{}")
    opened, open_bytes = [], storage.open_bytes
    monkeypatch.setattr(storage, "open_bytes", lambda path: (opened.append(path), open_bytes(path))[1])
    assert seen_by_another_pod(address) == {"a/oracle.json": "{}"}
    assert opened == [f"{address}/a/{STATE}"]


def test_what_did_not_change_is_not_sent(address, monkeypatch):
    with mirrored(address, "a", seconds=NEVER) as folder:
        write(folder, "a/oracle.json", "{}")
    monkeypatch.setattr(storage, "write_bytes", lambda path, content: pytest.fail(path))
    with mirrored(address, "a", seconds=NEVER) as folder:
        write(folder, "a/oracle.json", "{}")


@pytest.mark.parametrize("broken", [b"no archive", b"PK", None])
def test_broken_state_is_told_and_begun_anew(address, broken, caplog):
    with mirrored(address, "a", seconds=NEVER) as folder:
        write(folder, "a/oracle.json", "{}" + 100 * " ")
    if broken is None:  # in the middle of the file
        with storage.open_bytes(f"{address}/a/{STATE}") as remote:
            whole = remote.read()
        broken = whole.replace(whole[45:48], b"\0\0\0")
    storage.write_bytes(f"{address}/a/{STATE}", broken)
    assert seen_by_another_pod(address) == {}
    [warning] = [record.message for record in caplog.records if record.name == "absl"]
    assert warning.startswith(f"{address}/a/{STATE} is broken (")
    assert warning.endswith("): the search begins anew.")


def test_store_that_fails_for_a_while(address, monkeypatch, caplog):
    write_bytes, failures, written = storage.write_bytes, [1, 2], threading.Event()

    def fail_twice(path, content):
        if failures:
            failures.pop()
            raise OSError(f"{path}: the store is busy")
        write_bytes(path, content)
        written.set()

    monkeypatch.setattr(storage, "write_bytes", fail_twice)
    with mirrored(address, "a", seconds=0.01) as folder:
        write(folder, "a/oracle.json", "{}")
        assert written.wait(30)
    assert seen_by_another_pod(address) == {"a/oracle.json": "{}"}
    assert [record.message for record in caplog.records if record.name == "absl"] == [
        "The search goes on, but would be lost if it was interrupted now: "
        f"{address}/a/{STATE}: the store is busy"
    ]


def test_search_that_fails_is_kept(address):
    def fail():
        with mirrored(address, "a", seconds=NEVER) as folder:
            write(folder, "a/oracle.json", "{}")
            raise UserError("no trial came to anything")

    with pytest.raises(UserError, match="no trial came to anything"):
        fail()
    assert seen_by_another_pod(address) == {"a/oracle.json": "{}"}


def test_store_that_is_not_there_is_told_at_once(bucket):
    nowhere = "s3://nowhere-at-all/searches"
    with pytest.raises(UserError, match="which does not exist"), mirrored(nowhere, "a"):
        pytest.fail("the block should not begin")


def test_what_is_a_week_old_is_forgotten(address, monkeypatch):
    for search in ("a", "b"):
        with mirrored(address, search, seconds=NEVER) as folder:
            write(folder, f"{search}/search.json", "{}")
    day, modified = 24 * 3600, storage.modified
    monkeypatch.setattr(storage, "modified", lambda path: modified(path) - (8 if "/b/" in path else 6) * day)
    for _ in range(2):
        forget_old(address)
        assert storage.subfolders(address) == ["a"]
