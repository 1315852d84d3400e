"""Nights in the foreground of a process that can be interrupted."""

import datetime
import logging
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from apscheduler.events import EVENT_JOB_MAX_INSTANCES
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.base import BaseTrigger

Result = TypeVar("Result")


def alone(night: Callable[[], Result], stopped: threading.Event) -> Result:
    """Runs one night, and returns or raises what it does.

    Args:
        night: runs it.
        stopped: set at a KeyboardInterrupt; the night is still waited for, and should end soon.
    """
    # In a thread, for an interrupt reaches the main thread wherever that is; here it only waits.
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(night)
        try:
            return running.result()
        except KeyboardInterrupt:
            stopped.set()
            return running.result()


def stay(
    trigger: BaseTrigger,
    night: Callable[[], object],
    passed_over: Callable[[], object],
    say: Callable[[str], None],
    stopped: threading.Event,
    at_once: bool = False,
) -> None:
    """Runs nights at their times, one at a time, and returns after a KeyboardInterrupt.

    Times that passed while the machine slept are made up for by one night.

    Args:
        trigger: the times.
        night: runs one; what it raises is said, and the next one comes all the same.
        passed_over: called for a time at which the night before still goes on.
        say: told what was raised, and when the next night is.
        stopped: set at the interrupt; a night that goes on then is waited for, and should end soon.
        at_once: begin with a night now.
    """
    logging.getLogger("apscheduler").setLevel(logging.ERROR)  # what it warns of is said by `passed_over`
    # In a thread, for APScheduler swallows an interrupt that comes while it looks for what to run.
    scheduler = BackgroundScheduler()

    def announce() -> None:
        time = trigger.get_next_fire_time(None, _now())
        say(f"The next night is {time:%Y-%m-%d %H:%M %Z}." if time else "No night is left.")

    def one() -> None:
        try:
            night()
        except Exception as error:
            say(f"{type(error).__name__}: {error}")
        if not stopped.is_set():
            announce()

    scheduler.add_listener(lambda event: passed_over(), EVENT_JOB_MAX_INSTANCES)
    first = _now() if at_once else trigger.get_next_fire_time(None, _now())
    scheduler.add_job(
        one, trigger, coalesce=True, max_instances=1, misfire_grace_time=None, next_run_time=first
    )
    announce()
    try:
        scheduler.start()
        threading.Event().wait()
    except KeyboardInterrupt:
        stopped.set()
        scheduler.shutdown(wait=True)


def _now() -> datetime.datetime:
    return datetime.datetime.now().astimezone()
