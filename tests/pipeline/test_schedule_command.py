"""`autoncf schedule` with runs that do what they are told."""

import datetime
import errno
import signal
import threading
from unittest.mock import Mock

import pytest

from pipeline.history import Night, append_night
from pipeline.schedule.order import Order
from tests.pipeline.schedule.shop import Shop, kept, pushed


@pytest.fixture
def shop(tmp_path, monkeypatch):
    shop = Shop(tmp_path)
    shop.deliver(1)
    command = shop.order.command()
    monkeypatch.setattr(Order, "command", lambda _: command)
    return shop


@pytest.fixture
def schedule(shop, autoncf):
    """`autoncf schedule` over the shop, with more arguments."""

    def call(*more):
        data, root = shop.folder / "data", shop.locations.root
        return autoncf("schedule", "--config", "implicit", "--data", data, "--root", root, *more)

    return call


def test_one_night(shop, schedule):
    shop.expect(pushed(7))
    first = schedule("--once")
    assert (first.status, first.error) == (0, "")
    assert first.out.endswith(" pushed version 7\n")
    second = schedule("--once")
    assert second.status == 0
    assert " skipped: no new interactions since " in second.out
    shop.expect(kept("it is worse"))
    forced = schedule("--once", "--force")
    assert forced.status == 0
    assert forced.out.endswith(" kept: it is worse\n")


def test_tune_needs_no_earlier_search(shop, schedule):
    pinned = ("--once", "--set", "search.pinned=last")
    assert "rejected: search.pinned = 'last': no search has ended" in schedule(*pinned).out
    shop.expect(pushed(7))
    assert schedule(*pinned, "--tune").out.endswith(" pushed version 7\n")


@pytest.mark.parametrize(
    ("step", "text"),
    [({"errors": "bad rows", "status": 2}, "rejected: bad rows"), ({"status": 1}, "failed: the run ended")],
)
def test_one_night_that_does_not_go_well(shop, schedule, step, text):
    shop.expect(step)
    answer = schedule("--once", "--set", "schedule.retries=0")
    assert answer.status == 1
    assert f" {text}" in answer.out


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_terminated(shop, schedule, number):
    """As systemd ends a service, and a terminal its commands."""
    before = signal.getsignal(number)
    shop.expect(shop.hanging())

    def terminate_once_it_hangs():
        shop.wait_until_it_hangs()
        signal.pthread_kill(threading.main_thread().ident, number)

    ending = threading.Thread(target=terminate_once_it_hangs)
    ending.start()
    answer = schedule("--once")
    ending.join()
    assert answer.status == 1
    assert "failed: the run was ended together with the schedule" in answer.out
    shop.assert_nothing_hangs()
    assert signal.getsignal(number) == before


@pytest.mark.parametrize("error", [OSError(errno.ENOSPC, "No space left on device"), BrokenPipeError()])
def test_output_that_cannot_be_written(shop, schedule, monkeypatch, error):
    """As of `schedule > log` on a full disk, or into a pipe that nobody reads any more."""
    shop.expect({"status": 1}, pushed(7))
    monkeypatch.setattr("rich.console.Console._write_buffer", Mock(side_effect=error))
    schedule("--once", "--set", "schedule.retry_seconds=0.01")
    assert [(night.outcome, night.attempts) for night in shop.nights] == [("pushed", 2)]


@pytest.fixture
def stays(monkeypatch):
    """What `schedule` stays with; the scheduler itself is tested in test_foreground."""
    stay = Mock(side_effect=lambda trigger, night, passed_over, say, stopped, at_once: passed_over())
    monkeypatch.setattr("pipeline.schedule.foreground.stay", stay)
    return stay


def test_makes_up_for_a_night_that_was_missed(shop, schedule, stays):
    long_ago = datetime.datetime(2001, 3, 1, 3, tzinfo=datetime.timezone.utc)
    append_night(shop.locations.history, Night(at=long_ago, outcome="pushed", version=7))
    answer = schedule("--cron", "0 3 * * *")
    assert answer.out.startswith("Begins now: the night of 2001-03-0")
    assert stays.call_args.kwargs["at_once"]


def test_stays_until_it_is_terminated(shop, schedule, stays):
    """The time is that of --cron."""
    answer = schedule("--cron", "30 4 * * 1")
    assert answer.status == 0
    assert "day_of_week='mon', hour='4', minute='30'" in str(stays.call_args.args[0])
    assert not stays.call_args.kwargs["at_once"]
    assert answer.out.endswith(" skipped: the night before still goes on\n")
    assert [night.outcome for night in shop.nights] == ["skipped"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--cron", "61 * * * *"], "'61' is no minute"),
        (["--set", "schedule.on_push=no-such-program"], "schedule.on_push = 'no-such-program'"),
        (["--set", "schedule.retries=-1"], "schedule.retries"),
        (["--data", "/absent"], "/absent: there is no such folder"),
        (["--set", "schedule.on_push=http://x/a b"], "is no address"),
    ],
)
def test_mistakes_are_told_before_the_first_night(schedule, arguments, words):
    answer = schedule(*arguments)
    assert (answer.status, answer.out) == (2, "")
    assert words in answer.error
    assert "Traceback" not in answer.error


def test_root_that_cannot_be_made(shop, schedule):
    shop.locations.root.write_text("a file")
    for more in ([], ["--once"]):
        answer = schedule(*more)
        assert (answer.status, answer.out) == (1, "")
        assert "cannot be made (File exists); choose a folder that can" in answer.error
        assert "Traceback" not in answer.error
