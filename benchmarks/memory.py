"""Peak memory of an epoch of training on a generated set.

python -m benchmarks.memory [--users N --items N --interactions N]
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import resource
import subprocess
import sys
import time

import numpy as np
from rich.console import Console
from rich.table import Table
from scipy import sparse

from models.interactions import Interactions
from models.preparation import prepare
from models.presets import CFNET_RL
from models.settings import TrainSettings
from models.structure import Structure

SIZES = ((50_000, 25_000, 1_250_000), (200_000, 100_000, 1_250_000), (200_000, 100_000, 5_000_000))
FIRST_LAYER = 128

_INTRODUCTION = f"""\
One epoch of preset cfnet-rl with first layers {FIRST_LAYER} wide, four negatives per positive, 65,536 pairs a
step. The interactions are generated: all users alike, some items far more popular than others. Each size runs
in a process of its own; peak resident memory of that process, TensorFlow and the generating included.
"""


def main() -> None:
    """Runs every size and prints a table, last a JSON object with the peak of the largest."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    for name in ("users", "items", "interactions"):
        parser.add_argument(f"--{name}", type=int, help="one size in this process instead of all")
    arguments = parser.parse_args()
    if arguments.users and arguments.items and arguments.interactions:
        print(json.dumps(_train(arguments.users, arguments.items, arguments.interactions)))
        return
    console = Console(highlight=False)
    print(_INTRODUCTION)
    table = Table("users", "items", "interactions", "dense rows would take", "peak", "seconds an epoch")
    for size in SIZES:
        users, items, interactions = size
        console.print(f"── {users:,} users x {items:,} items, {interactions:,} interactions")
        measured = _in_a_process(*size)
        table.add_row(
            *(f"{number:,}" for number in size),
            f"{users * items * 4 / 2**30:,.0f} GiB a side",
            f"{measured['peak_gib']:.2f} GiB",
            f"{measured['seconds']:.0f}",
        )
    console.print(table)
    print(json.dumps({"peak_gib": measured["peak_gib"]}))


def _in_a_process(users: int, items: int, interactions: int) -> dict[str, float]:
    numbers = {"users": users, "items": items, "interactions": interactions}
    options = [f"--{name}={number}" for name, number in numbers.items()]
    command = [sys.executable, "-m", "benchmarks.memory", *options]
    output = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    return json.loads(output.splitlines()[-1])


def _train(users: int, items: int, interactions: int) -> dict[str, float]:
    train = _generate(users, items, interactions)
    prepared = prepare(_structure(), train, TrainSettings(batch_size=65_536), "implicit")
    start = time.monotonic()
    prepared.model.fit(prepared.batches, verbose=0)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    return {"peak_gib": round(peak, 2), "seconds": round(time.monotonic() - start, 1)}


def _structure() -> Structure:
    (branch,) = CFNET_RL.branches
    narrow = {
        side: dataclasses.replace(getattr(branch, side), hidden_sizes=(FIRST_LAYER,))
        for side in ("user", "item")
    }
    return dataclasses.replace(CFNET_RL, branches=(dataclasses.replace(branch, **narrow),))


def _generate(users: int, items: int, interactions: int) -> Interactions:
    random = np.random.default_rng(1)
    cells = np.empty(0, np.int64)
    while len(cells) < interactions:
        missing = interactions - len(cells)
        popular = (items * random.random(missing) ** 2).astype(np.int64)
        cells = np.unique(np.concatenate([cells, random.integers(users, size=missing) * items + popular]))
    ones = np.ones(len(cells), np.float32)
    return Interactions(sparse.csr_matrix((ones, (cells // items, cells % items)), shape=(users, items)))


if __name__ == "__main__":
    main()
