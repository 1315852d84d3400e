"""One night: whether to run, the run, and what is told and remembered of it."""

import contextlib
import dataclasses
import datetime
import itertools
import time
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from components.ingest.nothing_to_read import NothingToRead
from models.errors import UserError
from pipeline.history import Night, read_nights
from pipeline.locations import Locations
from pipeline.lock import read_holder
from pipeline.pinned import pinned_config
from pipeline.root_is_busy import RootIsBusy
from pipeline.run_failed import RunFailed
from pipeline.schedule.attempts import BUSY, REFUSED, WELL, Attempts, passes
from pipeline.schedule.config_digest import config_digest
from pipeline.schedule.ending import Ending, describe, log_file, remember
from pipeline.schedule.going_on import going_on, night_lock
from pipeline.schedule.memory import TRAINED, Memory, Reading, read_memory, write_memory
from pipeline.schedule.news import reason_to_skip
from pipeline.schedule.order import Order
from pipeline.summary import Summary
from serving.versions import list_versions

if TYPE_CHECKING:
    from components.ingest.delivery import Delivery


@dataclasses.dataclass(frozen=True)
class _Found:
    """What a look at the data found: all of it, its digests, and how many spans are read."""

    delivery: "Delivery"
    reading: Reading
    spans: int | None


def run_night(order: Order, attempts: Attempts, force: bool = False) -> Night:
    """Runs the order if there is a reason to, tells the hook, and adds the night to the history.

    Whatever goes wrong on the way is the night's outcome and no error.

    Args:
        order: what to run.
        attempts: run it.
        force: run even if nothing is new.

    Raises:
        RunFailed: if the history cannot be written; the hook has been told by then.
    """
    started = time.monotonic()
    night, locations, found = Night(at=_now(), outcome="failed"), Locations(order.root), None
    ending = Ending(locations, attempts.settings, attempts.say)
    with contextlib.ExitStack() as until_it_is_closed:
        try:
            until_it_is_closed.enter_context(going_on(night.at, ending))
            found = attempts.look(lambda: _look(order, night.at))
            reason = None if force else _reason_to_skip(found, locations)
            if reason is None:
                night = _run(night, order, locations, attempts)
            else:
                night = _changed(night, outcome="skipped", reason=reason)
        except Exception as error:  # whatever it is ends this night, and not those that follow
            night = _broken_off(night, error, attempts, locations)
        cut_short = night.outcome == "failed" and attempts.stopped.is_set()
        seconds = round(time.monotonic() - started, 1)
        night = ending.close(_changed(night, seconds=seconds, cut_short=cut_short))
        if found is not None and night.attempts:
            _memorize(night, found.reading, locations, attempts.say)
    return night


def pass_over(order: Order, say: Callable[[str], None]) -> None:
    """Remembers and says that it was time for a night, and the one before still went on."""
    reason = "the night before still goes on"
    night = Night(at=_now(), outcome="skipped", reason=reason)
    say(f"{night.at:%Y-%m-%d %H:%M} {describe(night)}")
    remember(night, Locations(order.root))


def _now() -> datetime.datetime:
    return datetime.datetime.now().astimezone().replace(microsecond=0)


def _changed(night: Night, **fields: object) -> Night:
    return night.model_copy(update=fields)


def _look(order: Order, at: datetime.datetime) -> _Found:
    """Raises UserError if the config or the data cannot be read, RunFailed if the folder is not there."""
    from components.ingest.delivery import read_delivery  # imports Beam, which takes seconds

    config = pinned_config(order.load(), str(Locations(order.root).searches))
    folder = order.data or config.folder
    if folder is not None and not folder.is_dir():
        raise RunFailed(
            f"{folder}: there is no such folder; mount its disk, or give another one with --data."
        )
    delivery = read_delivery(str(order.folder(config)), config.data)
    reading = Reading(at=at, contents=delivery.contents, config=config_digest(config))
    return _Found(delivery, reading, config.data.spans)


def _reason_to_skip(found: _Found, locations: Locations) -> str | None:
    memory = read_memory(_memory_file(locations))
    return reason_to_skip(found.delivery, found.reading.config, memory, found.spans)


def _memory_file(locations: Locations) -> Path:
    return locations.history.with_suffix(".memory.json")


def _run(night: Night, order: Order, locations: Locations, attempts: Attempts) -> Night:
    before, log = list_versions(locations.serving), log_file(locations, night.at)
    result = attempts.run(order.command(), log)
    night = _changed(night, attempts=result.attempts, reason=result.reason)
    if result.status == WELL:
        return _ended_well(night, locations, before)
    if result.status == REFUSED:
        return _changed(night, outcome="rejected")
    if result.status == BUSY:
        return _busy(night, locations.lock, attempts.settings.timeout_minutes)
    return _changed(night, outcome="failed", reason=f"{result.reason}; see {log}")


def _ended_well(night: Night, locations: Locations, before: Sequence[int]) -> Night:
    # Still that of this run: another one would first have to get the lock, and takes far longer than we do.
    summary = Summary.model_validate_json(locations.summary.read_text(encoding="utf-8"))
    night, version = _changed(night, run_id=summary.run_id), summary.pushed_version
    if version is None:
        return _changed(night, outcome="kept", reason="\n".join(summary.reasons))
    if _is_known(version, before, read_nights(locations.history)):
        return _changed(night, outcome="kept", reason=f"version {version} is this very model")
    return _changed(night, outcome="pushed", version=version)


def _is_known(version: int, before: Sequence[int], nights: Sequence[Night]) -> bool:
    """Whether a version was pushed by an earlier night, or by hand; one that then broke down told nobody."""
    if any(night.version == version for night in nights):
        return True
    since_trained = itertools.takewhile(lambda night: night.outcome not in TRAINED, reversed(nights))
    return version in before and all(night.outcome != "failed" for night in since_trained)


def _broken_off(night: Night, error: Exception, attempts: Attempts, locations: Locations) -> Night:
    """The night that ended with an error."""
    if isinstance(error, RootIsBusy):
        night = _changed(night, reason=str(error))
        return _busy(night, night_lock(locations), attempts.settings.timeout_minutes)
    if isinstance(error, NothingToRead):
        return _changed(night, outcome="skipped", reason=str(error))
    if isinstance(error, UserError) and not passes(error):
        return _changed(night, outcome="rejected", reason=str(error))
    if passes(error):
        return _changed(night, outcome="failed", reason=str(error))
    attempts.say("".join(traceback.format_exception(error)))
    return _changed(night, outcome="failed", reason=f"{type(error).__name__}: {error}")


def _busy(night: Night, lock: Path, timeout_minutes: float) -> Night:
    """Skipped because of who holds a lock; failed if that seems to hang, for otherwise nobody would know."""
    holder = read_holder(lock)
    if holder is None or _now() - holder.since <= datetime.timedelta(minutes=timeout_minutes):
        return _changed(night, outcome="skipped")
    limit = f"that is longer than schedule.timeout_minutes = {timeout_minutes:g}"
    return _changed(night, outcome="failed", reason=f"{night.reason}\n{limit}")


def _memorize(night: Night, reading: Reading, locations: Locations, say: Callable[[str], None]) -> None:
    """After the history: if it comes to nothing, the next night runs once more than it has to."""
    path = _memory_file(locations)
    try:
        memory = read_memory(path)
    except UserError:  # forced past it; now it is written anew
        memory = Memory()
    try:
        write_memory(path, memory.after(night.outcome, reading.model_copy(update={"reason": night.reason})))
    except OSError as error:
        say(f"{path}: cannot be written ({error.strerror}); the next night runs whether or not data is new.")
