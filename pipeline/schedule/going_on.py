"""A night that goes on: one at a time in a root, and none ends unnoticed."""

import contextlib
import datetime
import itertools
from collections.abc import Iterator, Sequence
from pathlib import Path

from apscheduler.triggers.base import BaseTrigger

from pipeline.history import Night, read_nights
from pipeline.locations import Locations
from pipeline.lock import hold_lock
from pipeline.root_is_busy import RootIsBusy
from pipeline.run_failed import RunFailed
from pipeline.schedule.ending import Ending


def night_lock(locations: Locations) -> Path:
    """Held while a night goes on; who holds it is noted beside it, and still is after a crash."""
    return locations.root / "night.lock"


@contextlib.contextmanager
def going_on(at: datetime.datetime, ending: Ending) -> Iterator[None]:
    """Notes that a night goes on until the block ends; one that was cut off before is closed as failed first.

    Args:
        at: when the night began, in whole seconds.
        ending: closes nights.

    Raises:
        RootIsBusy: if a night of another process goes on in this root.
        RunFailed: if the root cannot be made or written.
    """
    locations = ending.locations
    make_root(locations)
    with hold_lock(night_lock(locations), "autoncf schedule", at) as died:
        # It may have died between its line in the history and the end of its block.
        if died is not None and all(night.at != died.since for night in read_nights(locations.history)):
            reason = "the schedule ended before this night did, as in a crash or a reboot"
            ending.close(Night(at=died.since, outcome="failed", reason=reason, cut_short=True))
        yield


def close_unfinished(ending: Ending) -> None:
    """Closes a night that was cut off, if there is one; raises RunFailed as `going_on`."""
    now = datetime.datetime.now().astimezone()
    with contextlib.suppress(RootIsBusy), going_on(now, ending):
        pass


def make_root(locations: Locations) -> None:
    """Makes the folder of a deployment if it is not there; raises RunFailed if it cannot be made."""
    try:
        locations.root.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise RunFailed(
            f"--root {locations.root}: cannot be made ({error.strerror}); choose a folder that can, or mount "
            "its disk."
        ) from None


def reason_to_make_up(
    trigger: BaseTrigger, nights: Sequence[Night], retries: int, now: datetime.datetime
) -> str | None:
    """Why a schedule that starts should not wait for its next time; None if it should.

    Its time came while no schedule was there, or the last night ended together with the schedule. That is
    made up for only as often as a run is tried again: it may be this very run that brings the machine down.

    Args:
        trigger: the times.
        nights: so far, in the order of the history.
        retries: as in the settings.
        now: with a time zone.
    """
    past = [night for night in nights if night.at <= now]  # the clock may have been wrong
    if not past:
        return None
    last = max(night.at for night in past)
    missed = trigger.get_next_fire_time(None, last + datetime.timedelta(seconds=1))
    if missed is not None and missed <= now:
        return f"the night of {missed:%Y-%m-%d %H:%M} was missed"
    cut_short = list(itertools.takewhile(lambda night: night.cut_short, reversed(past)))
    if 0 < len(cut_short) <= retries:
        return f"the night of {cut_short[0].at.astimezone():%Y-%m-%d %H:%M} was cut short"
    return None
