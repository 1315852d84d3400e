"""A month of nights in which things go wrong, with a server that is asked all the while.

python -m benchmarks.nights [--nights N] [--keep FOLDER]

A shop of planted tastes grows and delivers a span a night. `autoncf schedule --once` runs after each, in a
process of its own, and the embedded server over the same root answers somebody who never stops asking.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from pathlib import Path

from benchmarks.nights_month import EXPECTED, MONTH, Told, cold_metrics, live_through, metrics_of_last_run
from benchmarks.nights_world import Shop
from pipeline.locations import Locations


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
        month = live_through(folder, Shop(), arguments.nights, MONTH, show=_show)
        warm, cold = metrics_of_last_run(Locations(folder / "root")), cold_metrics(folder)
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
