"""Seconds of the command `autoncf run` on MovieLens 100k: from nothing, and again with nothing changed.

python -m benchmarks.end_to_end [--data-dir DIR]

DIR holds ml-100k/ as `autoncf data fetch` makes it.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROUNDS = 3

_INTRODUCTION = f"""\
Whole processes, the import of TFX included: `autoncf run --config ml-100k` into a new root, and the same
command again, which answers from the cache what has not changed. {ROUNDS} rounds, each with its own root.
"""


def main() -> None:
    """Prints a table of seconds, last a JSON object with the medians."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data-dir", type=Path, default=Path("data"), help="default: data")
    data = parser.parse_args().data_dir / "ml-100k"
    print(_INTRODUCTION)
    first, second = [], []
    for _ in range(ROUNDS):
        with tempfile.TemporaryDirectory(prefix="end-to-end-") as root:
            first.append(_seconds(data, root))
            second.append(_seconds(data, root))
    for name, seconds in (("first run", first), ("again", second)):
        print(f"{name:<12}{statistics.median(seconds):6.1f} s   ({min(seconds):.1f} - {max(seconds):.1f})")
    medians = {"seconds": statistics.median(first), "cached_seconds": statistics.median(second)}
    print(json.dumps({name: round(value, 1) for name, value in medians.items()}))


def _seconds(data: Path, root: str) -> float:
    command = [f"{Path(sys.executable).parent}/autoncf", "run", "--config", "ml-100k"]
    start = time.monotonic()
    subprocess.run([*command, "--data", str(data), "--root", root], check=True, stdout=subprocess.DEVNULL)
    return time.monotonic() - start


if __name__ == "__main__":
    main()
