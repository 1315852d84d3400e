"""A command in a process group of its own."""

import signal
import sys
import threading
from pathlib import Path

import pytest

from pipeline.schedule import child
from pipeline.schedule.child import Ended, run_child


@pytest.fixture
def run(tmp_path):
    """Runs Python code: (how it ended, what is in the log)."""

    def run(code, timeout=20, **options):
        command = [sys.executable, "-S", "-c", code]
        log = tmp_path / "log"
        ended = run_child(command, log, timeout, options.pop("stopped", threading.Event()), **options)
        return ended, log.read_text(errors="replace")

    return run


def test_output_and_errors(run):
    ended, log = run("import sys; print('out'); print('why', file=sys.stderr); sys.exit(5)")
    assert ended == Ended(5, "why")
    assert log == "out\nwhy\n"


def test_log_grows(run):
    run("print(1)")
    assert run("print(2)")[1] == "1\n2\n"


def test_message_and_environment(run):
    code = "import os, sys; print(sys.stdin.read(), os.environ['AUTONCF_TEXT'], 'PATH' in os.environ)"
    assert run(code, message="ü", environment={"AUTONCF_TEXT": "ä"})[1] == "ü ä True\n"


def test_killed_from_outside(run):
    assert run("import os; os.kill(os.getpid(), 9)")[0] == Ended(-9, "")


def test_errors_that_are_not_text(run):
    assert run(r"import os; os.write(2, b'\xff')")[0] == Ended(0, "�")


@pytest.mark.parametrize("stubborn", [False, True])
def test_timeout_ends_the_whole_group(shop, stubborn, monkeypatch):
    monkeypatch.setattr(child, "GRACE_SECONDS", 0.2)
    shop.expect(shop.hanging(stubborn=stubborn))
    shop.locations.logs.mkdir(parents=True)
    log = shop.locations.logs / "log"
    ended = run_child(shop.order.command(), log, 1.0, threading.Event())
    assert ended == Ended(None, "", timed_out=True)
    shop.assert_nothing_hangs()


def test_grandchildren_of_a_killed_run_do_not_stay(shop):
    shop.expect(shop.hanging(orphans=True))
    shop.locations.logs.mkdir(parents=True)
    ended = run_child(shop.order.command(), shop.locations.logs / "log", 20, threading.Event())
    assert ended.status == -signal.SIGKILL
    shop.assert_nothing_hangs()


def test_already_stopped(run):
    stopped = threading.Event()
    stopped.set()
    assert run("import time; time.sleep(60)", stopped=stopped)[0] == Ended(None, "")


def test_no_such_program(tmp_path):
    with pytest.raises(FileNotFoundError, match="no-such-program"):
        run_child(["no-such-program"], tmp_path / "log", 1, threading.Event())


@pytest.mark.parametrize("log", ["/dev/full", "/dev/null/logs/log"])
def test_log_that_cannot_be_written_changes_no_outcome(log):
    """The disk is full, or its folder cannot be made."""
    command = [sys.executable, "-S", "-c", "import sys; sys.stderr.write('why' * 10_000); sys.exit(4)"]
    assert run_child(command, Path(log), 20, threading.Event()) == Ended(4, "why" * 10_000)
