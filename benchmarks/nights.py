"""A month of nights in which things go wrong, with a server that is asked all the while.

python -m benchmarks.nights [--nights N] [--keep FOLDER]

A shop of planted tastes grows and delivers a span a night. `autoncf schedule --once` runs after each, in a
process of its own, and the embedded server over the same root answers somebody who never stops asking.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
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
        unblessed: versions that served without having been blessed.
    """

    told: list[Told]
    requests: int
    failures: list[str]
    unblessed: set[int]

    def count(self, outcome: str) -> int:
        """How many nights ended so."""
        return sum(each.night.outcome == outcome for each in self.told)


def live_through(
    folder: Path, shop: Shop, nights: int, events: Mapping[int, str], overrides: tuple[str, ...] = ()
) -> Month:
    """Delivers and runs night after night; the server starts with the first pushed version.

    Args:
        folder: for data and root.
        shop: what happens.
        nights: how many.
        events: by number of the night.
        overrides: of the config `nightly`.
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
            _show(told[-1])
            if asking is None and night.outcome == "pushed":
                address = stack.enter_context(server(locations.serving))
                users = [f"u{user}" for user in range(0, shop.users, 7)]
                asking = stack.enter_context(SteadyRequests(address, users, ["i0", "i8", "i16"]))
    assert asking is not None, "nothing was ever pushed"
    summaries = read_summaries(locations.summaries).values()
    blessed = {summary.pushed_version for summary in summaries if summary.blessed}
    return Month(told, asking.requests, asking.failures, asking.versions - blessed)


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
    return _test_metrics(Locations(root))


def _test_metrics(locations: Locations) -> dict[str, float]:
    """Of the last run."""
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


def _show(told: Told) -> None:
    night = told.night
    print(
        f"night {told.number:>2}  {told.event:<10}{night.outcome:<10}{night.seconds:5.0f} s  "
        f"{told.gib * 1024:6.0f} MiB  {night.reason.splitlines()[0] if night.reason else ''}",
        flush=True,
    )


def main() -> None:
    """Prints a line per night, last a JSON object with the figures."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--nights", type=int, default=30, help="default: 30")
    parser.add_argument("--keep", type=Path, help="where data and root stay; by default nowhere")
    arguments = parser.parse_args()
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="nights-") as scratch:
        folder = arguments.keep or Path(scratch)
        month = live_through(folder, Shop(), arguments.nights, MONTH)
        warm, cold = _test_metrics(Locations(folder / "root")), cold_metrics(folder)
    surprises = [each for each in month.told if each.night.outcome != EXPECTED[each.event]]
    for each in surprises:
        print(f"night {each.number} ({each.event}) should have been {EXPECTED[each.event]}: {each.night}")
    for failure in month.failures[:5]:
        print(f"a request failed: {failure}")
    for version in sorted(month.unblessed):
        print(f"version {version} served without having been blessed")
    for name in warm:
        print(f"{name} of the last night {warm[name]:.4f}, of a model that begins anew {cold[name]:.4f}")
    print(f"{month.requests:,} requests in {(time.monotonic() - started) / 60:.0f} minutes")
    print(
        json.dumps(
            {
                "nights": len(month.told),
                "pushes": month.count("pushed"),
                "skips": month.count("skipped"),
                "rejections": month.count("rejected") + month.count("kept"),
                "failed_requests": len(month.failures),
                "disk_gib": round(max(each.gib for each in month.told), 3),
            }
        )
    )


if __name__ == "__main__":
    main()
