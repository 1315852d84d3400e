"""A local folder of searches, and what a store of objects has of it at any moment."""

import threading
import time
from pathlib import Path

import pytest

from components import storage
from components.tuner.mirror import STATE, forget, mirrored
from models.errors import UserError

NEVER = 3600.0


@pytest.fixture
def address(bucket):
    return f"{bucket}/root/searches/unfinished"


def write(folder, name, text):
    path = Path(folder, name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def files(folder):
    return {name: Path(folder, name).read_text() for name in storage.files_below(folder)}


def seen_by_another_pod(address):
    with mirrored(address, seconds=NEVER) as folder:
        return files(folder)


def await_in_another_pod(address, expected):
    deadline = time.monotonic() + 30
    while (seen := seen_by_another_pod(address)) != expected:
        assert time.monotonic() < deadline, seen


def test_what_was_written_is_there_while_the_search_goes_on(address):
    with mirrored(address, seconds=0.01) as folder:
        assert files(folder) == {}
        write(folder, "a/trial_0/trial.json", '{"value": 1}')
        write(folder, "a/oracle.json", '{"trials": 1}')
        write(folder, "a/search.json.partial", "{")
        expected = {"a/trial_0/trial.json": '{"value": 1}', "a/oracle.json": '{"trials": 1}'}
        await_in_another_pod(address, expected)
        write(folder, "a/oracle.json", '{"trials": 2}')
        await_in_another_pod(address, expected | {"a/oracle.json": '{"trials": 2}'})


def test_report_can_be_looked_at(address):
    with mirrored(address, seconds=NEVER) as folder:
        write(folder, "a/search.json", '{"trials": []}')
    assert storage.read_text(f"{address}/a/search.json") == '{"trials": []}'
    assert sorted(storage.files_below(address)) == ["a/search.json", f"a/{STATE}"]


def test_half_a_file_is_not_kept(address):
    with mirrored(address, seconds=NEVER) as folder:
        write(folder, "a/oracle.json", '{"trials": 1}')
    with mirrored(address, seconds=NEVER) as folder:
        write(folder, "a/oracle.json", '{"trials"')
        write(folder, "b/oracle.json", "{}")
    assert seen_by_another_pod(address) == {"a/oracle.json": '{"trials": 1}', "b/oracle.json": "{}"}


def test_what_did_not_change_is_not_sent(address, monkeypatch):
    with mirrored(address, seconds=NEVER) as folder:
        write(folder, "a/oracle.json", "{}")
        write(folder, "b/oracle.json", "{}")
    sent, write_bytes = [], storage.write_bytes
    monkeypatch.setattr(
        storage, "write_bytes", lambda path, content: (sent.append(path), write_bytes(path, content))
    )
    with mirrored(address, seconds=NEVER) as folder:
        write(folder, "b/oracle.json", '{"trials": 1}')
    assert sent == [f"{address}/b/{STATE}"]


def test_store_that_fails_for_a_while(address, monkeypatch, caplog):
    write_bytes, failures, written = storage.write_bytes, [1, 2], threading.Event()

    def fail_twice(path, content):
        if failures:
            failures.pop()
            raise OSError(f"{path}: the store is busy")
        write_bytes(path, content)
        written.set()

    monkeypatch.setattr(storage, "write_bytes", fail_twice)
    with mirrored(address, seconds=0.01) as folder:
        write(folder, "a/oracle.json", "{}")
        assert written.wait(30)
    assert seen_by_another_pod(address) == {"a/oracle.json": "{}"}
    assert [record.message for record in caplog.records if record.name == "absl"] == [
        "The search goes on, but would be lost if it was interrupted now: "
        f"{address}/a/{STATE}: the store is busy"
    ]


def test_search_that_fails_is_kept(address):
    def fail():
        with mirrored(address, seconds=NEVER) as folder:
            write(folder, "a/oracle.json", "{}")
            raise UserError("no trial came to anything")

    with pytest.raises(UserError, match="no trial came to anything"):
        fail()
    assert seen_by_another_pod(address) == {"a/oracle.json": "{}"}


def test_store_that_is_not_there_is_told_at_once(bucket):
    with pytest.raises(UserError, match="which does not exist"), mirrored("s3://nowhere-at-all/searches"):
        pytest.fail("the block should not begin")


def test_forgotten_search_is_gone_and_no_other(address):
    with mirrored(address, seconds=NEVER) as folder:
        write(folder, "a/search.json", "{}")
        write(folder, "ab/oracle.json", "{}")
    forget(address, "a")
    forget(address, "a")
    assert seen_by_another_pod(address) == {"ab/oracle.json": "{}"}
