"""`autoncf schedule` with runs that do what they are told."""

import signal
import threading

import pytest

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


@pytest.mark.parametrize(
    ("step", "text"),
    [({"errors": "bad rows", "status": 2}, "rejected: bad rows"), ({"status": 1}, "failed: the run ended")],
)
def test_one_night_that_does_not_go_well(shop, schedule, step, text):
    shop.expect(step)
    answer = schedule("--once", "--set", "schedule.retries=0")
    assert answer.status == 1
    assert f" {text}" in answer.out


def test_terminated(shop, schedule):
    """As systemd ends a service."""
    before = signal.getsignal(signal.SIGTERM)
    shop.expect(shop.hanging())

    def terminate_once_it_hangs():
        shop.wait_until_it_hangs()
        signal.pthread_kill(threading.main_thread().ident, signal.SIGTERM)

    ending = threading.Thread(target=terminate_once_it_hangs)
    ending.start()
    answer = schedule("--once")
    ending.join()
    assert answer.status == 1
    assert "failed: the run was ended together with the schedule" in answer.out
    shop.assert_nothing_hangs()
    assert signal.getsignal(signal.SIGTERM) == before


def test_stays_until_it_is_terminated(shop, schedule, monkeypatch):
    """The time is that of --cron; the scheduler itself is tested in test_foreground."""
    said = []
    monkeypatch.setattr(
        "pipeline.schedule.foreground.stay",
        lambda trigger, night, passed_over, say, stopped, at_once: (
            said.append((str(trigger), at_once)),
            passed_over(),
        ),
    )
    answer = schedule("--cron", "30 4 * * 1")
    assert answer.status == 0
    assert "day_of_week='mon', hour='4', minute='30'" in said[0][0]
    assert not said[0][1]
    assert answer.out.endswith(" skipped: the night before still goes on\n")
    assert [night.outcome for night in shop.nights] == ["skipped"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--cron", "61 * * * *"], "'61' is no minute"),
        (["--set", "schedule.on_push=no-such-program"], "schedule.on_push = 'no-such-program'"),
        (["--set", "schedule.retries=-1"], "schedule.retries"),
        (["--data", "/absent"], "/absent: there is no such folder"),
    ],
)
def test_mistakes_are_told_before_the_first_night(schedule, arguments, words):
    answer = schedule(*arguments)
    assert (answer.status, answer.out) == (2, "")
    assert words in answer.error
    assert "Traceback" not in answer.error
