"""The end of a night: whoever is to know is told, and it is added to the history."""

import dataclasses
import datetime
from collections.abc import Callable
from pathlib import Path

from pipeline.history import Night, append_night
from pipeline.locations import Locations
from pipeline.run_failed import RunFailed
from pipeline.schedule.hooks import Event, tell
from pipeline.schedule.settings import ScheduleSettings


@dataclasses.dataclass(frozen=True)
class Ending:
    """Closes the nights of a deployment.

    Attributes:
        locations: of the deployment.
        settings: with the hooks.
        say: told why a hook could not be.
    """

    locations: Locations
    settings: ScheduleSettings
    say: Callable[[str], None]

    def close(self, night: Night) -> Night:
        """Tells the hook of a night and adds it to the history.

        Raises:
            RunFailed: if the history cannot be written; the hook has been told by then.
        """
        log = log_file(self.locations, night.at)
        failure = tell(self.settings, night.outcome, self._event(night, log), log)
        if failure:
            self.say(failure)
        return remember(night.model_copy(update={"hook_failure": failure}), self.locations)

    def _event(self, night: Night, log: Path) -> Event:
        """What a hook is told; `text` is what chat services show."""
        return {
            **night.model_dump(mode="json", exclude={"hook_failure"}),
            "root": str(self.locations.root),
            "log": str(log),
            "text": f"{self.locations.root}: {describe(night)}",
        }


def describe(night: Night) -> str:
    """What became of a night, for people."""
    outcome = f"pushed version {night.version}" if night.outcome == "pushed" else night.outcome
    return f"{outcome}: {night.reason}" if night.reason else outcome


def log_file(locations: Locations, at: datetime.datetime) -> Path:
    """What the runs of the night that began then write."""
    return locations.logs / f"{at:%Y-%m-%dT%H-%M-%S}-night.log"


def remember(night: Night, locations: Locations) -> Night:
    """Adds a night to the history, and returns it.

    Raises:
        RunFailed: if that cannot be written.
    """
    try:
        append_night(locations.history, night)
    except OSError as error:
        became = describe(night).rstrip(".")
        raise RunFailed(
            f"{locations.history}: cannot be written ({error.strerror}); this night was {became}; since it "
            "is not in the history, the next one runs again."
        ) from None
    return night
