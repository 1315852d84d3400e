"""Epochs until a night's model is as good as one that begins anew, when it begins with last night's weights.

python -m benchmarks.warm_start [--data-dir DIR] [--seeds N] [--presets NAME ...]

DIR holds ml-100k/ as `autoncf data fetch ml-100k --out DIR/ml-100k` makes it.
"""

from __future__ import annotations

import argparse
import json
import math
import statistics
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from benchmarks.warm_start_data import Night, night, read_events
from models.carry_over import CarryOver
from models.presets import PRESET_TRAINING, PRESETS
from models.recommender import Recommender
from models.settings import TrainSettings
from models.training import Trainer
from models.warm_start import WarmStart
from models.weights import weight_names

EPOCHS = {"gmf": 40, "neumf": 20, "cfnet-rl": 12, "autoncf": 20, "autoncf-views": 20}
"""Enough for the cold start to pass its best."""
PATIENCE = 10
"""Of the champion: embeddings are on a plateau for some epochs before they begin to learn."""
NEAR = 0.99
WEEK = 7 * 86_400

_INTRODUCTION = f"""\
NDCG@10 on the eval split of ml-100k after each epoch. The champion has seen everything up to last night,
tonight's models have a week more.

cold: from initial weights.
warm: from those of the champion's fit, the best epoch on its own eval split, rows matched by id.
Equal:   data, split (each user's last is test, which is never looked at, the one before it eval), settings of
         the preset, seeds; the optimiser begins anew in both. The champion's patience is {PATIENCE}.
Counted: epochs until NDCG is {NEAR:.0%} of the cold start's best. One epoch with another it goes up and down
         by as much, and a best one would be luck: so both are means over the seeds, and of each epoch with
         its neighbours.
Mind:    few users come back in that week, so 890 of the 943 eval lists are those of last night, on which the
         champion's epoch was chosen. What all users learnt is what warm starts save.
"""


def main() -> None:
    """Prints the curves and a table, last a JSON object with the mean and the worst of the ratios.

    A ratio is null where the warm start never gets there.
    """
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data-dir", type=Path, default=Path("data"), help="default: data")
    parser.add_argument("--seeds", type=int, default=3, help="default: 3")
    parser.add_argument("--presets", nargs="+", choices=EPOCHS, default=[*EPOCHS], help="default: all")
    arguments = parser.parse_args()
    console = Console(highlight=False)
    print(_INTRODUCTION)

    before, tonight = _nights(arguments.data_dir / "ml-100k")
    table = Table("preset", "NDCG@10 cold", "NDCG@10 warm", "epochs cold", "epochs warm", "ratio")
    ratios = {}
    for preset in arguments.presets:
        curves = [_curves(preset, seed + 1, before, tonight, console) for seed in range(arguments.seeds)]
        cold, warm = (smooth(np.mean(of_seeds, axis=0)) for of_seeds in zip(*curves, strict=True))
        target = NEAR * cold.max()
        cold_epochs, warm_epochs = epochs_to(target, cold), epochs_to(target, warm)
        ratios[preset] = warm_epochs / cold_epochs
        figures = (f"{cold.max():.4f}", f"{warm.max():.4f}", f"{cold_epochs:.0f}", f"{warm_epochs:.0f}")
        table.add_row(preset, *figures, f"{ratios[preset]:.2f}")
    console.print(table)
    summary = {
        "epochs_ratio": statistics.fmean(ratios.values()),
        "worst_epochs_ratio": max(ratios.values()),
    }
    print(json.dumps({name: round(it, 2) if math.isfinite(it) else None for name, it in summary.items()}))


def smooth(curve: np.ndarray) -> np.ndarray:
    """The mean of each value and its neighbours; the first and the last have one: float [n] -> float [n]."""
    window = np.ones(min(3, len(curve)))
    return np.convolve(curve, window, "same") / np.convolve(np.ones(len(curve)), window, "same")


def epochs_to(target: float, curve: Sequence[float] | np.ndarray) -> float:
    """The first epoch, from 1, whose value is at least `target`; infinite without any."""
    reached = np.flatnonzero(np.asarray(curve) >= target)
    return float(reached[0]) + 1 if len(reached) else math.inf


def _nights(folder: Path) -> tuple[Night, Night]:
    """What was there until last night, and with tonight's span."""
    if not (folder / "interactions.csv").is_file():
        raise SystemExit(
            f"{folder} has no interactions.csv. Fetch it: autoncf data fetch ml-100k --out {folder}"
        )
    events = read_events(folder)
    before, tonight = night(events.until(int(events.timestamps.max()) + 1 - WEEK)), night(events)
    for name, known in (("last night", before), ("tonight", tonight)):
        print(
            f"{name}: {known.train.users:,} users, {known.train.items:,} items, "
            f"{known.train.matrix.nnz:,} interactions in train, {len(known.eval.lengths):,} users in eval"
        )
    return before, tonight


def _curves(
    preset: str, seed: int, before: Night, tonight: Night, console: Console
) -> tuple[list[float], list[float]]:
    """NDCG@10 by epoch, of the cold and of the warm start."""
    structure = PRESETS[preset]
    settings = TrainSettings(**{**PRESET_TRAINING.get(preset, {}), "patience": PATIENCE}, seed=seed)
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
