"""Nights after nights: what is delivered, what the schedule makes of it, and a server that is asked."""

from __future__ import annotations

import dataclasses
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path

from benchmarks.nights_world import Shop, deliver, deliver_corrupt, deliver_duplicate, drifted
from benchmarks.serving_processes import server
from benchmarks.steady_requests import SteadyRequests
from pipeline.history import Night, read_nights
from pipeline.locations import Locations
from pipeline.summary import Summary, read_summaries

MONTH: Mapping[int, str] = {8: "drift", 12: "empty", 16: "duplicate", 20: "corrupt", 24: "worse"}
"""What happens on a night; all others are ordinary."""

EXPECTED = {
    "ordinary": "pushed",
    "drift": "rejected",
    "empty": "skipped",
    "duplicate": "skipped",
    "corrupt": "rejected",
    "worse": "kept",
}
"""The outcome of a night by what happens on it."""

_MENDED_LATER = ("drift", "duplicate", "corrupt")
_AUTONCF = f"{Path(sys.executable).parent}/autoncf"
_MISTAKE = ("train.warm_start=false", "train.learning_rate=0.00001", "train.epochs=1")


@dataclasses.dataclass(frozen=True)
class Told:
    """A night, what happened on it, and how much the root then took on disk.

    Attributes:
        number: from 1.
        event: a key of `EXPECTED`.
        night: what the schedule made of it.
        gib: of the root.
    """

    number: int
    event: str
    night: Night
    gib: float


@dataclasses.dataclass(frozen=True)
class Month:
    """What became of all nights.

    Attributes:
        told: a night each.
        requests: how many the server was asked.
        failures: of these.
        served: versions that it was seen to serve.
        unblessed: those of them that had not been blessed.
    """

    told: list[Told]
    requests: int
    failures: list[str]
    served: set[int]
    unblessed: set[int]

    def count(self, outcome: str) -> int:
        """How many nights ended so."""
        return sum(each.night.outcome == outcome for each in self.told)


def live_through(
    folder: Path,
    shop: Shop,
    nights: int,
    events: Mapping[int, str],
    overrides: tuple[str, ...] = (),
    show: Callable[[Told], object] = lambda told: None,
) -> Month:
    """Delivers and runs night after night; the server starts with the first pushed version.

    Args:
        folder: for data and root.
        shop: what happens.
        nights: how many.
        events: by number of the night.
        overrides: of the config `nightly`.
        show: called after each night.
    """
    data, locations = folder / "data", Locations(folder / "root")
    told: list[Told] = []
    with ExitStack() as stack:
        asking: SteadyRequests | None = None
        for number in range(1, nights + 1):
            event = events.get(number, "ordinary")
            _deliver(data, shop, number, event, events.get(number - 1, "ordinary"))
            night = _run(data, locations, (*overrides, *(_MISTAKE if event == "worse" else ())))
            told.append(Told(number, event, night, _gib(locations.root)))
            show(told[-1])
            if asking is None and night.outcome == "pushed":
                address = stack.enter_context(server(locations.serving))
                users = [f"u{user}" for user in range(0, shop.users, 7)]
                asking = stack.enter_context(SteadyRequests(address, users, ["i0", "i8", "i16"]))
    assert asking is not None, "nothing was ever pushed"
    summaries = read_summaries(locations.summaries).values()
    blessed = {summary.pushed_version for summary in summaries if summary.blessed}
    return Month(told, asking.requests, asking.failures, asking.versions, asking.versions - blessed)


def cold_metrics(folder: Path) -> dict[str, float]:
    """Test metrics of a model that begins anew on all that the month has delivered."""
    root = folder / "cold"
    keys = ["--set", "data.require_success=true", "--set", "train.warm_start=false"]
    subprocess.run(
        [_AUTONCF, "run", "--config", "nightly", "--data", f"{folder / 'data'}", "--root", f"{root}", *keys],
        check=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    return metrics_of_last_run(Locations(root))


def metrics_of_last_run(locations: Locations) -> dict[str, float]:
    """Test metrics of the last run that ended well."""
    return Summary.model_validate_json(locations.summary.read_text(encoding="utf-8")).metrics["test"]


def _deliver(data: Path, shop: Shop, number: int, event: str, before: str) -> None:
    if before in _MENDED_LATER:
        deliver(data, number - 1, shop.night(number - 1))
    rows = shop.night(number)
    if event == "duplicate":
        deliver_duplicate(data, number)
    elif event == "corrupt":
        deliver_corrupt(data, number, rows)
    else:
        deliver(data, number, {"drift": drifted(rows), "empty": []}.get(event, rows))


def _run(data: Path, locations: Locations, overrides: tuple[str, ...]) -> Night:
    keys = [part for key in ("data.require_success=true", *overrides) for part in ("--set", key)]
    command = [_AUTONCF, "schedule", "--once", "--config", "nightly"]
    subprocess.run(
        [*command, "--data", str(data), "--root", str(locations.root), *keys],
        check=False,  # a refused night ends with 1
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    return read_nights(locations.history)[-1]


def _gib(root: Path) -> float:
    return sum(path.stat().st_size for path in _files(root)) / 2**30


def _files(root: Path) -> Iterator[Path]:
    return (path for path in root.rglob("*") if path.is_file() and not path.is_symlink())
