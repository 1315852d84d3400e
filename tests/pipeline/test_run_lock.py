"""The lock of a root: one holder at a time, and none that is dead."""

import contextlib
import os
import signal
import subprocess
import sys

import pytest

from models.errors import UserError
from pipeline.locations import Locations
from pipeline.lock import hold_lock, read_holder
from pipeline.root_is_busy import RootIsBusy
from pipeline.run_failed import RunFailed
from pipeline.run_lock import hold

HOLDER = """
import sys, time
from pathlib import Path
from pipeline.locations import Locations
from pipeline.run_lock import hold
with hold(Locations(Path(sys.argv[1])), "autoncf run"):
    print("held", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def locations(tmp_path):
    return Locations(tmp_path)


@pytest.fixture
def holder(tmp_path):
    """A process that has the lock."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(tmp_path)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout.readline() == "held\n"
    yield process
    process.kill()
    process.wait()
    process.stdout.close()


def test_one_after_another(locations):
    for _ in range(2):
        with hold(locations, "autoncf run"):
            pass


def test_freed_by_an_error(locations):
    with contextlib.suppress(ZeroDivisionError), hold(locations, "autoncf run"):
        raise ZeroDivisionError
    with hold(locations, "autoncf run"):
        pass


def test_busy_names_the_holder(locations, holder):
    with pytest.raises(RootIsBusy) as error, hold(locations, "autoncf rollback"):
        pass
    message = str(error.value)
    assert message.startswith(f"--root {locations.root}: in use by `autoncf run` (process {holder.pid} on ")
    assert "; wait until that has ended" in message


def test_busy_within_one_process(locations):
    with (
        hold(locations, "autoncf run"),
        pytest.raises(RootIsBusy, match=f"process {os.getpid()}"),
        hold(locations, "autoncf rollback"),
    ):
        pass


def test_holder_that_has_not_said_who_it_is(locations, holder):
    next(locations.root.glob("run.holder.json")).unlink()
    with pytest.raises(RootIsBusy, match="in use by another process"), hold(locations, "autoncf run"):
        pass


def test_note_that_a_power_failure_emptied(locations, holder):
    (locations.root / "run.holder.json").write_text("")
    with pytest.raises(RootIsBusy, match="in use by another process"), hold(locations, "autoncf run"):
        pass


def test_next_one_is_told_of_a_holder_that_was_killed(locations, holder):
    since = read_holder(locations.lock).since
    os.kill(holder.pid, signal.SIGKILL)
    holder.wait()
    with hold_lock(locations.lock, "autoncf run") as died:
        assert (died.process, died.since) == (holder.pid, since)
    with hold_lock(locations.lock, "autoncf run") as died:
        assert died is None


def test_kill_frees_it(locations, holder):
    os.kill(holder.pid, signal.SIGKILL)
    holder.wait()
    with hold(locations, "autoncf run"):
        pass


def test_root_that_is_not_there(tmp_path):
    with (
        pytest.raises(UserError, match="no such folder"),
        hold(Locations(tmp_path / "absent"), "autoncf run"),
    ):
        pass
    assert not (tmp_path / "absent").exists()


def test_lock_that_cannot_be_written(locations):
    locations.lock.mkdir()  # refused to root as well
    with pytest.raises(RunFailed, match=r"run\.lock cannot be written"), hold(locations, "autoncf run"):
        pass


def test_record_that_cannot_be_written(locations):
    unfinished = locations.root / "run.holder.unfinished"
    unfinished.mkdir()
    with pytest.raises(RunFailed, match=r"holder\.json: cannot be written"), hold(locations, "autoncf run"):
        pass
    unfinished.rmdir()
    with hold(locations, "autoncf run"):
        pass
