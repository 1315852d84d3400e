"""CPU seconds of an epoch of CFNet: ours against dense rows, as the authors write it.

python -m benchmarks.training [--data-dir DIR] [--rounds N] [--dataset lastfm|amusic] [--dense-batch-size N]

DIR holds lastfm/ and amusic/ as `autoncf data fetch` makes them.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import statistics
from collections.abc import Callable
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks.dense_cfnet import BATCH_SIZE, DenseCFNet
from benchmarks.stopwatch import alternate, spread
from models.interactions import Interactions
from models.optimizers import make_optimizer
from models.preparation import prepare
from models.presets import PRESET_TRAINING, PRESETS
from models.settings import TrainSettings
from models.structure import Structure
from pipeline.experiments.canonical_folder import read_ranking_data

DATASETS = ("lastfm", "amusic")

_INTRODUCTION = """\
One epoch of training CFNet: all positives once, four uniform negatives each, drawn anew.

Equal:     widths (user 512-64, item 1024-64, linear 256, MLP 256-128-64), whole interaction vectors, tanh in
           the towers and relu in the MLP, binary cross-entropy, optimiser, learning rate, float32, all cores.
           The same weights and pairs give both the same loss and gradients (tests/benchmarks).
Not equal: dense - {dense_batch_size:,} pairs a step, in any order; rows gathered from dense matrices.
           ours  - {batch_size:,} pairs a step, those of a user together; sparse rows; each user and item
                   represented once per step; the first MLP layer once per user and item. The preset's dropout
                   of interactions, which would spare half of the first layers, is off.
           Fewer steps are fewer updates of all the weights, and an epoch need not teach as much;
           --dense-batch-size {batch_size} gives dense as few.
CPU seconds of all threads, sampling included, evaluation and the first epoch (tracing) excluded.
"""


def main() -> None:
    """Runs the rounds and prints a table, last a JSON object with the ratios."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data-dir", type=Path, default=Path("data"), help="default: data")
    parser.add_argument("--rounds", type=int, default=5, help="epochs of each that count; default: 5")
    parser.add_argument("--dataset", choices=DATASETS, help="default: both")
    parser.add_argument(
        "--dense-batch-size",
        type=int,
        default=BATCH_SIZE,
        help=f"default: {BATCH_SIZE}, as the authors have it",
    )
    arguments = parser.parse_args()
    settings = TrainSettings(**PRESET_TRAINING["cfnet"])
    console = Console(highlight=False)
    print(_INTRODUCTION.format(dense_batch_size=arguments.dense_batch_size, batch_size=settings.batch_size))
    table = Table("data", "dense, CPU s", "ours, CPU s", "ratio")
    ratios = {}
    for dataset in [arguments.dataset] if arguments.dataset else DATASETS:
        console.print(f"── {dataset}")
        train = read_ranking_data(dataset, arguments.data_dir / dataset).train
        contenders = _contenders(train, settings, arguments.dense_batch_size)
        seconds = alternate(contenders, arguments.rounds, console)
        ratio = statistics.median(seconds["dense"]) / statistics.median(seconds["ours"])
        ratios[f"{dataset}_ratio"] = round(ratio, 1)
        table.add_row(dataset, spread(seconds["dense"]), spread(seconds["ours"]), f"{ratio:.1f}")
    console.print(table)
    print(json.dumps(ratios))


def _contenders(
    train: Interactions, settings: TrainSettings, dense_batch_size: int
) -> dict[str, Callable[[], object]]:
    """An epoch of each."""
    ours = prepare(_without_dropout(PRESETS["cfnet"]), train, settings, "implicit")
    dense = DenseCFNet(
        train,
        make_optimizer(settings, steps_per_epoch=1),
        activation="tanh",
        first_activation="tanh",
        batch_size=dense_batch_size,
    )
    return {"dense": dense.train_epoch, "ours": lambda: ours.model.fit(ours.batches, verbose=0)}


def _without_dropout(structure: Structure) -> Structure:
    branches = tuple(
        dataclasses.replace(
            branch,
            user=dataclasses.replace(branch.user, interaction_dropout=0.0),
            item=dataclasses.replace(branch.item, interaction_dropout=0.0),
        )
        for branch in structure.branches
    )
    return dataclasses.replace(structure, branches=branches)


if __name__ == "__main__":
    main()
