"""What becomes of a metadata store that is damaged, held by another process, or left by a killed one."""

import contextlib
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
from unittest import mock

import pytest

from pipeline.housekeeping.metadata_file import make_sound
from pipeline.run_failed import RunFailed
from pipeline.store import read_runs
from tests.pipeline.metadata_store import Store

HOLD = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("BEGIN IMMEDIATE")
print("held", flush=True)
sys.stdin.read()
"""

SPILL = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("PRAGMA cache_size = 2")
connection.execute("BEGIN")
connection.execute("DELETE FROM Context")
connection.execute("CREATE TABLE Unwanted AS WITH RECURSIVE n(i) AS "
    "(SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000) SELECT i, hex(randomblob(50)) FROM n")
print("written", flush=True)
sys.stdin.read()
"""


@pytest.fixture(scope="module")
def sound(tmp_path_factory):
    """A store with one run."""
    path = tmp_path_factory.mktemp("sound") / "metadata.sqlite"
    Store(path).add_run("first")
    return path


@pytest.fixture
def metadata(tmp_path, sound):
    return shutil.copy(sound, tmp_path / "metadata.sqlite")


@contextlib.contextmanager
def process(code, metadata):
    """Another process with this code, once it has said a word."""
    with subprocess.Popen(
        [sys.executable, "-c", code, metadata], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as running:
        assert running.stdout.readline()
        try:
            yield running
        finally:
            running.kill()


def run_ids(metadata):
    return [run.run_id for run in read_runs(metadata, last=10)]


def test_sound_store_stays(metadata):
    assert make_sound(metadata) is None
    assert run_ids(metadata) == ["first"]


def test_no_store_is_needed(tmp_path):
    assert make_sound(tmp_path / "metadata.sqlite") is None
    assert list(tmp_path.iterdir()) == []


def test_file_that_the_disk_never_got_to_fill(metadata):
    """An empty file is an empty store: ML Metadata makes its tables."""
    os.truncate(metadata, 0)
    assert make_sound(metadata) is None
    assert run_ids(metadata) == []


def no_database(metadata):
    metadata.write_text("not a database\n" * 1000)


def cut_in_half(metadata):
    os.truncate(metadata, metadata.stat().st_size // 2)


def cut_inside_a_page(metadata):
    os.truncate(metadata, metadata.stat().st_size - 1000)


def overwrite_pages(metadata):
    with metadata.open("r+b") as file:
        file.seek(5 * 4096)
        file.write(b"\xff" * 10 * 4096)


def drop_a_table(metadata):
    with contextlib.closing(sqlite3.connect(metadata)) as connection:
        connection.execute("DROP TABLE Event")


@pytest.mark.parametrize(
    "damage", [no_database, cut_in_half, cut_inside_a_page, overwrite_pages, drop_a_table]
)
def test_damaged_store_is_set_aside(metadata, damage):
    damage(metadata)
    damaged = metadata.read_bytes()
    (metadata.parent / "metadata.sqlite-shm").write_bytes(b"of this store too")
    note = make_sound(metadata)
    assert not metadata.exists()
    [aside, companion] = sorted(metadata.parent.iterdir())
    assert aside.name.startswith("metadata.sqlite.damaged-")
    assert aside.read_bytes() == damaged
    assert companion.name == f"{aside.name}-shm"
    assert note.startswith(f"{metadata} is damaged (")
    assert f"It is now {aside.name}, and this run begins with a new one" in note
    Store(metadata).add_run("second")
    assert run_ids(metadata) == ["second"]
    assert make_sound(metadata) is None


def test_half_done_transaction_of_a_killed_process_is_taken_back(metadata):
    with process(SPILL, metadata) as writer:
        writer.kill()
        assert writer.wait() == -signal.SIGKILL
    journal = metadata.with_name("metadata.sqlite-journal")
    assert journal.stat().st_size > 0
    assert make_sound(metadata) is None
    assert list(metadata.parent.iterdir()) == [metadata]
    assert run_ids(metadata) == ["first"]


def test_store_that_another_process_holds(metadata):
    with (
        process(HOLD, metadata),
        pytest.raises(RunFailed, match=r"has been locked by another process for 0 s; end that process"),
    ):
        make_sound(metadata, patience_seconds=0.1)
    assert make_sound(metadata) is None
    assert run_ids(metadata) == ["first"]


def test_store_that_another_process_lets_go(metadata):
    notes = []
    with process(HOLD, metadata) as holder:
        waiting = threading.Thread(target=lambda: notes.append(make_sound(metadata, patience_seconds=60)))
        waiting.start()
        holder.stdin.close()
        waiting.join(timeout=60)
    assert notes == [None]


def test_store_of_a_newer_release_is_not_damaged(metadata):
    with contextlib.closing(sqlite3.connect(metadata)) as connection:
        connection.execute("UPDATE MLMDEnv SET schema_version = 1000000")
        connection.commit()
    with pytest.raises(RunFailed, match="was written by a newer release of ML Metadata"):
        make_sound(metadata)
    assert metadata.exists()


def test_store_is_not_damaged_when_its_library_cannot_say(metadata, monkeypatch):
    """Such as when another process takes the store between SQLite's look and that of ML Metadata."""
    locked = RuntimeError("Cannot execute query: database is locked query: SELECT")
    monkeypatch.setattr("pipeline.housekeeping.metadata_file.open_store", mock.Mock(side_effect=locked))
    with pytest.raises(RunFailed, match="has been locked by another process"):
        make_sound(metadata)
    assert metadata.exists()


def test_folder_in_place_of_the_store(tmp_path):
    with pytest.raises(RunFailed, match=r"cannot be written \(unable to open database file\)"):
        make_sound(tmp_path)


def test_damaged_stores_do_not_pile_up(metadata):
    for number in range(3):
        metadata.write_text(f"not a database: {number}\n" * 1000)
        metadata.with_name("metadata.sqlite.damaged-2026-01-01T00-00-00-journal").touch()
        make_sound(metadata)
    [left] = metadata.parent.iterdir()
    assert left.read_text().startswith("not a database: 2")
