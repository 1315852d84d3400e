"""Table II of the paper, with the structures of Table I, our own, and baselines that keep everyone honest."""

from collections.abc import Sequence
from itertools import product
from pathlib import Path
from typing import Any

from models.errors import UserError
from models.presets import PRESET_TRAINING, PRESETS
from models.settings import Feedback, TrainSettings
from pipeline.experiments.baselines import BASELINES, RATING_BASELINES
from pipeline.experiments.contender import BaselineContender, Contender, StructureContender, Variant
from pipeline.experiments.plan import plan
from pipeline.experiments.trial import Trial

DATASETS = ("lastfm", "amusic", "atoys")
HELD_OUT = {"90": 0.1, "80": 0.2}
"""Random splits of rating data, by the percentage that is learnt."""

_GRIDS: dict[str, dict[str, Sequence[Any]]] = {}
_SEEDED = ("ials",)


def trials(
    data_dir: Path, out: Path, datasets: Sequence[str] | None, seeds: int, rows: Sequence[str] | None
) -> list[Trial]:
    """All trials of the table.

    Args:
        data_dir: where the datasets are.
        out: the folder of the results.
        datasets: names, or None for those of `DATASETS` that are there.
        seeds: how many.
        rows: names of contenders, or None for all.

    Raises:
        UserError: if a dataset is not there, or there is no such row.
    """
    known = [contender.name for contender in [*contenders("implicit"), *contenders("explicit")]]
    if unknown := set(rows or ()) - set(known):
        raise UserError(
            f"--rows {' '.join(sorted(unknown))} is no row of this table; there are "
            f"{', '.join(dict.fromkeys(known))}."
        )

    def chosen(feedback: Feedback) -> list[Contender]:
        return [contender for contender in contenders(feedback) if not rows or contender.name in rows]

    return plan(data_dir, out, datasets, DATASETS, chosen, seeds, HELD_OUT)


def contenders(feedback: Feedback) -> list[Contender]:
    """All rows of the table in their order."""
    baselines = BASELINES if feedback == "implicit" else RATING_BASELINES
    rows: list[Contender] = [
        BaselineContender(name, build, _points(_GRIDS.get(name, {})), name in _SEEDED)
        for name, build in baselines.items()
    ]
    rows += [
        _preset(name)
        for name, structure in PRESETS.items()
        if feedback == "implicit" or not structure.loss.ranks
    ]
    return rows


def _preset(name: str) -> StructureContender:
    """A preset with the settings that it comes with, and with others that the validation split may prefer."""
    structure, settings = PRESETS[name], {**_SETTINGS, **PRESET_TRAINING.get(name, {})}
    grid = _points(_PRESET_GRIDS.get(name, {"learning_rate": (5e-4, 2e-3)}))
    return StructureContender(
        name, tuple(Variant(structure, TrainSettings(**{**settings, **point}), {}) for point in grid)
    )


def _points(grid: dict[str, Sequence[Any]]) -> tuple[dict[str, Any], ...]:
    """Every combination of the values; a single empty one of an empty grid."""
    return tuple(dict(zip(grid, values, strict=True)) for values in product(*grid.values()))
