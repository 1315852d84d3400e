"""Nights that are interrupted: the interrupt comes as a signal to this process, as Ctrl-C does."""

import signal
import threading

import pytest
from apscheduler.triggers.date import DateTrigger
from apscheduler.triggers.interval import IntervalTrigger

from pipeline.schedule.foreground import alone, stay
from pipeline.schedule.night import run_night


@pytest.fixture
def stopped():
    return threading.Event()


def often():
    return IntervalTrigger(seconds=0.05)


def interrupt():
    signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)


def test_one_night_after_another_whatever_they_raise(stopped):
    nights, said = [], []

    def night():
        nights.append(len(nights))
        if len(nights) == 3:
            interrupt()
            stopped.wait()
        return 1 // nights[-1]

    stay(often(), night, lambda: None, said.append, stopped)
    assert nights == [0, 1, 2]
    assert said[1] == "ZeroDivisionError: integer division or modulo by zero"
    assert all(text.startswith("The next night is 2") for text in (said[0], *said[2:]))
    assert len(said) == 4  # after the interrupt none is announced


def test_time_that_comes_while_a_night_goes_on(stopped):
    came, at_once, running = threading.Event(), [], threading.Lock()

    def night():
        at_once.append(running.acquire(blocking=False))
        came.wait()
        running.release()
        interrupt()
        stopped.wait()

    stay(often(), night, came.set, lambda _: None, stopped)
    assert came.is_set()
    assert at_once == [True]


def test_last_night(stopped):
    said = []
    trigger = DateTrigger("2001-03-01 03:00:00")  # has passed, and is made up for
    stay(trigger, interrupt, lambda: None, said.append, stopped)
    assert said[0].startswith("The next night is 2001-03-01 03:00")


def test_at_once(stopped):
    """And then at its times: the next one is an hour away."""
    began = []

    def night():
        began.append(None)
        interrupt()

    stay(IntervalTrigger(hours=1), night, lambda: None, lambda _: None, stopped, at_once=True)
    assert began == [None]


def test_interrupt_ends_the_run(shop):
    shop.expect(shop.hanging())

    def interrupt_once_it_hangs():
        shop.wait_until_it_hangs()
        interrupt()

    ending = threading.Thread(target=interrupt_once_it_hangs)
    ending.start()
    night = alone(lambda: run_night(shop.order, shop.attempts()), shop.stopped)
    ending.join()
    assert night.outcome == "failed"
    assert "ended together with the schedule" in night.reason
    assert shop.nights == [night]
    shop.assert_nothing_hangs()


def test_alone_without_an_interrupt(stopped):
    assert alone(lambda: 7, stopped) == 7
    with pytest.raises(ZeroDivisionError):
        alone(lambda: 1 // 0, stopped)
    assert not stopped.is_set()
