"""CPU seconds until lastfm's HR@10 is what CFNet reached when it was published.

python -m benchmarks.time_to_quality [--data-dir DIR] [--runs N] [--dense-runs N] [--dense-epochs N]

DIR holds lastfm/ as `autoncf data fetch` makes it.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import statistics
from collections.abc import Callable
from pathlib import Path

import tf_keras
from rich.console import Console
from rich.table import Table

from benchmarks.dense_cfnet import DenseCFNet
from benchmarks.stopwatch import cpu_seconds, spread
from models.preparation import prepare
from models.presets import PRESET_TRAINING, PRESETS
from models.settings import TrainSettings
from pipeline.experiments.canonical_folder import read_ranking_data
from pipeline.experiments.data import RankingData

PUBLISHED_HIT_RATE = 0.88
DENSE_LEARNING_RATE = 1e-4
DENSE_PATIENCE = 5

_INTRODUCTION = f"""\
lastfm, the authors' test lists as they are (protocol raw), scored after each epoch.

ours:  preset autoncf with its own settings, until HR@10 is above {PUBLISHED_HIT_RATE}; a seed per run.
dense: CFNet from scratch as its authors write it (batch 256, 4 negatives), with Adam, at the learning rate
       that suits it best of 1e-3, 1e-4 and 3e-5, until the epoch of its best HR@10, from which on
       {DENSE_PATIENCE} epochs bring nothing better.
Equal:     the data, the test lists, what is timed: CPU seconds of all threads in training, sampling and
           tracing included, evaluation excluded.
Not equal: the model, its loss and its optimiser. The test lists are a stopwatch here, as in the publication.
"""


@dataclasses.dataclass(frozen=True)
class Epoch:
    """How far a run is.

    Attributes:
        number: from 1.
        seconds: CPU seconds of training up to its end.
        hit_rate: HR@10 at its end.
    """

    number: int
    seconds: float
    hit_rate: float


def main() -> None:
    """Runs both and prints a table, last a JSON object with the ratio."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data-dir", type=Path, default=Path("data"), help="default: data")
    parser.add_argument("--runs", type=int, default=5, help="of ours for each of dense; default: 5")
    parser.add_argument("--dense-runs", type=int, default=1, help="several minutes each; default: 1")
    parser.add_argument("--dense-epochs", type=int, default=20, help="default: 20, as the authors have it")
    arguments = parser.parse_args()
    console = Console(highlight=False)
    print(_INTRODUCTION)

    data = read_ranking_data("lastfm", arguments.data_dir / "lastfm")
    ours: list[Epoch] = []
    dense: list[Epoch] = []
    before = arguments.runs // 2
    for turn in range(arguments.dense_runs):
        seeds = range(turn * arguments.runs + 1, (turn + 1) * arguments.runs + 1)
        ours += [_ours(data, seed, console) for seed in seeds[:before]]
        dense.append(_dense(data, turn + 1, arguments.dense_epochs, console))
        ours += [_ours(data, seed, console) for seed in seeds[before:]]

    table = Table("model", "runs", "HR@10", "epochs", "CPU s")
    for name, epochs in (("dense CFNet, its best", dense), (f"autoncf, above {PUBLISHED_HIT_RATE}", ours)):
        table.add_row(
            name,
            str(len(epochs)),
            spread([epoch.hit_rate for epoch in epochs]),
            spread([epoch.number for epoch in epochs]),
            spread([epoch.seconds for epoch in epochs]),
        )
    console.print(table)
    our_seconds, dense_seconds = (
        statistics.median(epoch.seconds for epoch in epochs) for epochs in (ours, dense)
    )
    print(
        json.dumps(
            {
                "ratio": round(dense_seconds / our_seconds, 1),
                "autoncf_seconds": round(our_seconds, 2),
                "dense_seconds": round(dense_seconds, 1),
                "dense_hit_rate": round(statistics.median(epoch.hit_rate for epoch in dense), 4),
            }
        )
    )


def _ours(data: RankingData, seed: int, console: Console) -> Epoch:
    settings = TrainSettings(**PRESET_TRAINING["autoncf"], seed=seed)
    prepared = prepare(PRESETS["autoncf"], data.train, settings, "implicit")
    past = train_until(
        lambda past: past[-1].hit_rate > PUBLISHED_HIT_RATE,
        lambda: prepared.model.fit(prepared.batches, verbose=0),
        lambda: data.test.evaluate(prepared.model, "implicit", 10)["hr_at_10"],
        settings.epochs,
        lambda line: console.print(f"autoncf, seed {seed}, {line}"),
    )
    if past[-1].hit_rate <= PUBLISHED_HIT_RATE:
        raise SystemExit(
            f"autoncf with seed {seed} never passed HR@10 {PUBLISHED_HIT_RATE} in {settings.epochs} "
            f"epochs; its best was {best(past).hit_rate:.4f}."
        )
    return past[-1]


def _dense(data: RankingData, seed: int, epochs: int, console: Console) -> Epoch:
    model = DenseCFNet(data.train, tf_keras.optimizers.Adam(DENSE_LEARNING_RATE), seed=seed)
    past = train_until(
        lambda past: len(past) - best(past).number >= DENSE_PATIENCE,
        model.train_epoch,
        lambda: model.evaluate(data.test)[0],
        epochs,
        lambda line: console.print(f"dense CFNet, seed {seed}, {line}"),
    )
    return best(past)


def train_until(
    is_over: Callable[[list[Epoch]], bool],
    train_epoch: Callable[[], object],
    evaluate: Callable[[], float],
    epochs: int,
    report: Callable[[str], None],
) -> list[Epoch]:
    """All epochs until `is_over`, `epochs` of them at most; `evaluate` gives HR@10 and is not timed."""
    past: list[Epoch] = []
    seconds = 0.0
    while len(past) < epochs and not (past and is_over(past)):
        seconds += cpu_seconds(train_epoch)
        past.append(Epoch(len(past) + 1, seconds, evaluate()))
        report(f"epoch {past[-1].number}: {seconds:.1f} CPU s, HR@10 {past[-1].hit_rate:.4f}")
    return past


def best(past: list[Epoch]) -> Epoch:
    """The first epoch with the highest HR@10."""
    return max(past, key=lambda epoch: epoch.hit_rate)


if __name__ == "__main__":
    main()
