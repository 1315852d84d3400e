"""One night: whether to run, the run, and what is told and remembered of it."""

import datetime
import time
import traceback
from collections.abc import Callable
from pathlib import Path

from models.errors import UserError
from pipeline.history import Night, append_night, read_nights
from pipeline.locations import Locations
from pipeline.run_failed import RunFailed
from pipeline.schedule.attempts import BUSY, REFUSED, WELL, Attempts
from pipeline.schedule.config_digest import config_digest
from pipeline.schedule.hooks import Event, tell
from pipeline.schedule.news import reason_to_skip
from pipeline.schedule.order import Order
from pipeline.summary import Summary
from serving.versions import list_versions


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
    night = Night(at=_now(), outcome="failed")
    locations = Locations(order.root)
    log = locations.logs / f"{night.at:%Y-%m-%dT%H-%M-%S}-night.log"
    try:
        night = _decide(night, order, locations, force)
        if night.outcome != "skipped":
            night = _run(night, order, locations, attempts, log)
    except UserError as error:
        night = _changed(night, outcome="rejected", reason=str(error))
    except Exception as error:  # what nobody foresaw ends this night, and not those that follow
        attempts.say(traceback.format_exc())
        night = _changed(night, outcome="failed", reason=f"{type(error).__name__}: {error}")
    night = _changed(night, seconds=round(time.monotonic() - started, 1))
    hook_failure = tell(attempts.settings, night.outcome, _event(night, locations, log), log)
    if hook_failure:
        attempts.say(hook_failure)
    return _remember(_changed(night, hook_failure=hook_failure), locations)


def pass_over(order: Order, say: Callable[[str], None]) -> None:
    """Remembers and says that it was time for a night, and the one before still went on."""
    reason = "the night before still goes on"
    night = Night(at=_now(), outcome="skipped", reason=reason)
    say(f"{night.at:%Y-%m-%d %H:%M} {describe(night)}")
    _remember(night, Locations(order.root))


def _now() -> datetime.datetime:
    return datetime.datetime.now().astimezone().replace(microsecond=0)


def _changed(night: Night, **fields: object) -> Night:
    return night.model_copy(update=fields)


def _decide(night: Night, order: Order, locations: Locations, force: bool) -> Night:
    """The night, skipped with the reason; or with the digests of what there is to run on.

    Raises:
        UserError: if the config or the data cannot be read.
    """
    from components.ingest.delivery import read_delivery  # imports Beam, which takes seconds

    config = order.load()
    digest = config_digest(config)
    delivery = read_delivery(str(order.folder(config)), config.data)
    reason = None if force else reason_to_skip(delivery, digest, read_nights(locations.history))
    if reason is None:
        return _changed(night, contents=delivery.contents, config=digest)
    return _changed(night, outcome="skipped", reason=reason)


def _run(night: Night, order: Order, locations: Locations, attempts: Attempts, log: Path) -> Night:
    before = list_versions(locations.serving)
    locations.logs.mkdir(parents=True, exist_ok=True)
    result = attempts.run(order.command(), log)
    night = _changed(night, attempts=result.attempts, reason=result.reason)
    if result.status == WELL:
        return _ended_well(night, locations, before)
    if result.status == REFUSED:
        return _changed(night, outcome="rejected")
    # Without contents: the next night is to try this data again.
    night = _changed(night, contents={}, config="")
    if result.status == BUSY:
        return _changed(night, outcome="skipped")
    return _changed(night, outcome="failed", reason=f"{result.reason}; see {log}")


def _ended_well(night: Night, locations: Locations, before: list[int]) -> Night:
    summary = Summary.model_validate_json(locations.summary.read_text(encoding="utf-8"))
    night = _changed(night, run_id=summary.run_id)
    if summary.pushed_version is None:
        return _changed(night, outcome="kept", reason="\n".join(summary.reasons))
    if summary.pushed_version in before:
        reason = f"version {summary.pushed_version} is this very model"
        return _changed(night, outcome="kept", reason=reason)
    return _changed(night, outcome="pushed", version=summary.pushed_version)


def _event(night: Night, locations: Locations, log: Path) -> Event:
    """What a hook is told; `text` is what chat services show."""
    told = night.model_dump(mode="json", exclude={"contents", "config", "hook_failure"})
    return {
        **told,
        "root": str(locations.root),
        "log": str(log),
        "text": f"{locations.root}: {describe(night)}",
    }


def describe(night: Night) -> str:
    """What became of a night, for people."""
    outcome = f"pushed version {night.version}" if night.outcome == "pushed" else night.outcome
    return f"{outcome}: {night.reason}" if night.reason else outcome


def _remember(night: Night, locations: Locations) -> Night:
    try:
        append_night(locations.history, night)
    except OSError as error:
        raise RunFailed(
            f"{locations.history}: cannot be written ({error.strerror}); this night was {describe(night)}; "
            "since it is not in the history, the next one runs again."
        ) from None
    return night
