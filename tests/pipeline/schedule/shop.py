"""A deployment whose runs are told by a story instead of TFX."""

import dataclasses
import json
import sys
import threading
import time
from pathlib import Path

import filelock

from pipeline.history import Night, read_nights
from pipeline.locations import Locations
from pipeline.schedule.attempts import Attempts
from pipeline.schedule.ending import Ending
from pipeline.schedule.night import run_night
from pipeline.schedule.order import Order
from pipeline.schedule.settings import ScheduleSettings
from tests.pipeline.summaries import make_summary

FAKE_RUN = Path(__file__).with_name("fake_run.py")
ROWS = "user_id,item_id,timestamp\nu1,i1,1\n"


@dataclasses.dataclass
class Shop:
    """Data in spans, a root, and what the next runs do.

    Attributes:
        folder: everything lies below it.
        overrides: of the config `implicit`.
        said: what the schedule said.
        slept: seconds before each further attempt.
        stopped: as of the schedule.
    """

    folder: Path
    overrides: tuple[str, ...] = ()
    said: list[str] = dataclasses.field(default_factory=list)
    slept: list[float] = dataclasses.field(default_factory=list)
    stopped: threading.Event = dataclasses.field(default_factory=threading.Event)

    @property
    def locations(self) -> Locations:
        return Locations(self.folder / "root")

    @property
    def story(self) -> Path:
        return self.folder / "story.jsonl"

    @property
    def order(self) -> Order:
        program = (sys.executable, "-S", str(FAKE_RUN), str(self.story))
        return Order("implicit", self.overrides, self.folder / "data", self.locations.root, program)

    @property
    def nights(self) -> list[Night]:
        return read_nights(self.locations.history)

    @property
    def commands(self) -> list[list[str]]:
        """Arguments of every attempt so far."""
        told = self.story.with_suffix(".told")
        return [json.loads(line) for line in told.read_text().splitlines()] if told.exists() else []

    def deliver(self, span: int, rows: str = ROWS) -> None:
        """Writes a span."""
        folder = self.folder / "data" / f"span-{span}"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "interactions.csv").write_text(rows)

    def expect(self, *steps: dict) -> None:
        """Adds what further attempts do."""
        with self.story.open("a") as file:
            file.writelines(json.dumps(step) + "\n" for step in steps)

    def hanging(self, **more: object) -> dict:
        """An attempt that does not end by itself."""
        return {"hang": str(self.folder / "lock"), **more}

    def wait_until_it_hangs(self) -> None:
        """Returns once the attempt of `hanging` does."""
        deadline = time.monotonic() + 60
        while not any("hangs" in log.read_text() for log in self.locations.logs.glob("*-night.log")):
            assert time.monotonic() < deadline, "no attempt hangs"
            time.sleep(0.01)

    def assert_nothing_hangs(self) -> None:
        """The attempt and what it started are dead: their lock is free."""
        with filelock.FileLock(self.folder / "lock", timeout=5):
            pass

    def attempts(self, **settings: object) -> Attempts:
        return Attempts(ScheduleSettings(**settings), self.stopped, self.said.append, self.slept.append)

    def ending(self, **settings: object) -> Ending:
        return Ending(self.locations, ScheduleSettings(**settings), self.said.append)

    def night(self, force: bool = False, **settings: object) -> Night:
        """Runs one, with these keys of `schedule`."""
        return run_night(self.order, self.attempts(**settings), force)


def pushed(version: int) -> dict:
    """An attempt that pushes."""
    return {"summary": make_summary(f"run-{version}", version).model_dump_json()}


def kept(*reasons: str) -> dict:
    """An attempt whose model is not blessed."""
    summary = make_summary("run-kept", None).model_copy(update={"reasons": reasons})
    return {"summary": summary.model_dump_json()}
