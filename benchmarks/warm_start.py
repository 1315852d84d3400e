"""Epochs until a night's model is as good as one that begins anew, when it begins with last night's weights.

python -m benchmarks.warm_start [--data-dir DIR] [--seeds N] [--presets NAME ...]

DIR holds ml-100k/ as `autoncf data fetch` makes it; without it the interactions are planted ones.
"""

from __future__ import annotations

import argparse
import json
import statistics
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from benchmarks.warm_start_data import Night, night, planted_events, read_events
from models.carry_over import CarryOver
from models.presets import PRESET_TRAINING, PRESETS
from models.recommender import Recommender
from models.settings import TrainSettings
from models.training import Trainer
from models.warm_start import WarmStart
from models.weights import weight_names

EPOCHS = {"gmf": 40, "neumf": 20, "cfnet-rl": 12, "autoncf": 20}
"""Enough for the cold start to pass its best."""
NEAR = 0.99
DAY = 86_400

_INTRODUCTION = f"""\
NDCG@10 on the eval split after each epoch. The champion has seen everything up to last night, tonight's
models have a span more: a week of ml-100k, a day of the planted interactions.

cold: from initial weights.
warm: from those of the champion's fit, stopped by its own eval split, rows matched by id.
Equal:   data, split (each user's last is test, which is never looked at, the one before it eval), settings of
         the preset, seeds; the optimiser begins anew in both.
Counted: epochs until NDCG is {NEAR:.0%} of the cold start's best. One epoch with another it goes up and down
         by as much, and a best one would be luck: so both are means over the seeds, and of each epoch with
         its neighbours.
"""


def main() -> None:
    """Trains everything and prints a table, last a JSON object with the mean and the worst of the ratios."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data-dir", type=Path, default=Path("data"), help="default: data")
    parser.add_argument("--seeds", type=int, default=3, help="default: 3")
    parser.add_argument("--presets", nargs="+", choices=EPOCHS, default=[*EPOCHS], help="default: all")
    arguments = parser.parse_args()
    console = Console(highlight=False)
    print(_INTRODUCTION)

    before, tonight = _nights(arguments.data_dir / "ml-100k", console)
    table = Table("preset", "NDCG@10 cold", "NDCG@10 warm", "epochs cold", "epochs warm", "ratio")
    ratios = {}
    for preset in arguments.presets:
        cold, warm = (
            smooth(np.mean(curves, axis=0))
            for curves in zip(
                *(_curves(preset, seed + 1, before, tonight, console) for seed in range(arguments.seeds)),
                strict=True,
            )
        )
        target = NEAR * cold.max()
        cold_epochs, warm_epochs = epochs_to(target, cold), epochs_to(target, warm)
        ratios[preset] = warm_epochs / cold_epochs
        table.add_row(
            preset,
            f"{cold.max():.4f}",
            f"{warm.max():.4f}",
            str(cold_epochs),
            str(warm_epochs) if warm.max() >= target else "never",
            f"{ratios[preset]:.2f}",
        )
    console.print(table)
    print(
        json.dumps(
            {
                "epochs_ratio": round(statistics.fmean(ratios.values()), 2),
                "worst_epochs_ratio": round(max(ratios.values()), 2),
            }
        )
    )


def smooth(curve: np.ndarray) -> np.ndarray:
    """The mean of each value and its neighbours; the first and the last have one: float [n] -> float [n]."""
    window = np.ones(min(3, len(curve)))
    return np.convolve(curve, window, "same") / np.convolve(np.ones(len(curve)), window, "same")


def epochs_to(target: float, curve: Sequence[float] | np.ndarray) -> int:
    """The first epoch, from 1, whose value is at least `target`; one more than there are without any."""
    reached = np.flatnonzero(np.asarray(curve) >= target)
    return int(reached[0]) + 1 if len(reached) else len(curve) + 1


def _nights(folder: Path, console: Console) -> tuple[Night, Night]:
    """What was there until last night, and with tonight's span."""
    if (folder / "interactions.csv").is_file():
        events, span = read_events(folder), 7 * DAY
    else:
        console.print(f"{folder} has no interactions.csv: planted interactions instead.")
        events, span = planted_events(), DAY
    end = int(events.timestamps.max()) + 1
    before, tonight = night(events.until(end - span)), night(events)
    for name, known in (("last night", before), ("tonight", tonight)):
        console.print(
            f"{name}: {known.train.users:,} users, {known.train.items:,} items, "
            f"{known.train.matrix.nnz:,} interactions in train, {len(known.eval.lengths):,} users in eval"
        )
    return before, tonight


def _curves(
    preset: str, seed: int, before: Night, tonight: Night, console: Console
) -> tuple[list[float], list[float]]:
    """NDCG@10 by epoch, of the cold and of the warm start."""
    structure = PRESETS[preset]
    settings = TrainSettings(**PRESET_TRAINING.get(preset, {}), seed=seed)
    model, selection = Trainer(structure, settings, "implicit").select_epochs(before.train, before.eval)
    weights = dict(zip(weight_names(model), selection.best_weights, strict=True))
    champion = WarmStart(structure.to_dict(), "implicit", weights, before.vocabularies)
    start = CarryOver(champion, structure, "implicit", tonight.vocabularies)
    epochs = EPOCHS[preset]
    fixed = settings.model_copy(update={"epochs": epochs, "patience": epochs})

    def curve(name: str, start: Callable[[Recommender], None] | None) -> list[float]:
        _, selection = Trainer(structure, fixed, "implicit", start=start).select_epochs(
            tonight.train, tonight.eval
        )
        values = [epoch["eval_ndcg_at_10"] for epoch in selection.history]
        console.print(
            f"{preset}, seed {seed}, {name}: {' '.join(f'{value:.4f}' for value in values)}", soft_wrap=True
        )
        return values

    return curve("cold", None), curve("warm", start)


if __name__ == "__main__":
    main()
