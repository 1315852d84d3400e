"""Table II of the paper, with the structures of Table I, our own, and baselines that keep everyone honest."""

import dataclasses
import functools
from collections.abc import Callable, Sequence
from itertools import product
from pathlib import Path
from typing import Any

from models.choices import Activation
from models.errors import UserError
from models.presets import PRESET_TRAINING, PRESETS
from models.settings import Feedback, TrainSettings
from models.slots import Tower
from models.structure import Structure
from pipeline.experiments.baseline_contender import BaselineContender
from pipeline.experiments.baselines import BASELINES, RATING_BASELINES
from pipeline.experiments.contender import Contender
from pipeline.experiments.plan import plan
from pipeline.experiments.structure_contender import StructureContender, Variant
from pipeline.experiments.trial import Trial

DATASETS = ("lastfm", "amusic", "atoys")
HELD_OUT = {"90": 0.1, "80": 0.2}
"""Random splits of rating data, by the percentage that is learnt."""

_OURS = ("autoncf", "autoncf-views")
_DROP_RATES = (0.5, 0.7)
_PUBLISHED = ("cfnet", "ours-dot", "ours-mlp")
"""The rows that are to reproduce published ones."""

_SEEDED = ("ials",)
_BASELINE_GRIDS: dict[str, dict[str, Sequence[Any]]] = {
    "item-knn": {"kind": ("cosine", "tfidf", "bm25"), "neighbours": (20, 50, 100, 200, 500)},
    "ease": {"regularization": (20.0, 100.0, 500.0, 2000.0)},
    "ials": {"factors": (32, 64, 128), "regularization": (0.01, 0.1, 1.0), "alpha": (1.0, 5.0, 20.0)},
    "biases": {"regularization": (1.0, 2.0, 5.0, 10.0)},
}
_TRAINING: dict[Feedback, dict[str, Any]] = {"implicit": {}, "explicit": {"epochs": 150}}
_LEARNING_RATES = dict.fromkeys(("mf", "gmf", "mlp", "neumf"), (5e-4, 1e-3, 2e-3))
"""Of presets that are trained in seconds; the others keep the one that they come with."""


def trials(
    data_dir: Path, out: Path, datasets: Sequence[str] | None, seeds: int, rows: Sequence[str] | None
) -> list[Trial]:
    """All trials of the table.

    Args:
        data_dir: where the datasets are.
        out: the folder of the results.
        datasets: names, or None for those of `DATASETS` that are there.
        seeds: how many.
        rows: names of contenders that are to be trained, or None for all; every dataset has to have one.

    Raises:
        UserError: if a dataset is not there, or has no such row.
    """
    work = plan(data_dir, out, datasets, DATASETS, contenders, seeds, HELD_OUT)
    known = {trial.contender.name: trial for trial in work}
    if unknown := [row for row in rows or () if row not in known]:
        raise UserError(f"--rows {' '.join(unknown)} is no row of this table; there are {', '.join(known)}.")
    for dataset in {trial.dataset.name: trial for trial in work}:
        there = {trial.contender.name: trial for trial in work if trial.dataset.name == dataset}
        if rows and not there.keys() & set(rows):
            raise UserError(f"--rows {' '.join(rows)} is no row of {dataset}, which has {', '.join(there)}.")
    return work


def contenders(feedback: Feedback) -> list[Contender]:
    """All rows of the table in their order."""
    baselines = BASELINES if feedback == "implicit" else RATING_BASELINES
    rows: list[Contender] = [
        BaselineContender(name, build, _points(_BASELINE_GRIDS.get(name, {})), name in _SEEDED)
        for name, build in baselines.items()
    ]
    rows += [
        _as_published(name, feedback) if name in _PUBLISHED else _preset(name, feedback)
        for name, structure in PRESETS.items()
        if name not in _OURS and (feedback == "implicit" or not structure.loss.ranks)
    ]
    rows.append(dataclasses.replace(_preset("cfnet", feedback), name="cfnet-dropping"))
    return [*rows, _ours()] if feedback == "implicit" else rows


def _preset(name: str, feedback: Feedback) -> StructureContender:
    """A preset with the settings that it comes with, and others that the validation split may prefer."""
    return StructureContender(name, _variants(name, PRESETS[name], feedback, {}))


def _as_published(name: str, feedback: Feedback) -> StructureContender:
    """A preset as its authors have it: rectified units, and every interaction is seen in training."""

    def published(tower: Tower) -> Tower:
        linear = tower.activation is Activation.LINEAR
        activation = tower.activation if linear else Activation.RELU
        return dataclasses.replace(tower, activation=activation, interaction_dropout=0.0)

    point = {"activation": Activation.RELU.value, "interaction_dropout": 0.0}
    return StructureContender(name, _variants(name, _with_towers(PRESETS[name], published), feedback, point))


def _variants(
    name: str, structure: Structure, feedback: Feedback, point: dict[str, Any]
) -> tuple[Variant, ...]:
    settings = TrainSettings(**{**_TRAINING[feedback], **PRESET_TRAINING.get(name, {})})
    learning_rates = _LEARNING_RATES.get(name, (settings.learning_rate,))
    return tuple(
        Variant(structure, settings.model_copy(update={"learning_rate": learning_rate}), point)
        for learning_rate in learning_rates
    )


def _ours() -> StructureContender:
    """`autoncf` with one view or two, each with two drop rates, as the validation split prefers."""
    variants = []
    for name, rate in product(("autoncf", "autoncf-views"), _DROP_RATES):
        dropping = functools.partial(dataclasses.replace, interaction_dropout=rate)
        structure = _with_towers(PRESETS[name], dropping)
        point = {"preset": name, "interaction_dropout": rate}
        variants.append(Variant(structure, TrainSettings(**PRESET_TRAINING[name]), point))
    return StructureContender("autoncf", tuple(variants))


def _with_towers(structure: Structure, change: Callable[[Tower], Tower]) -> Structure:
    branches = tuple(
        dataclasses.replace(branch, user=change(branch.user), item=change(branch.item))
        for branch in structure.branches
    )
    return dataclasses.replace(structure, branches=branches)


def _points(grid: dict[str, Sequence[Any]]) -> tuple[dict[str, Any], ...]:
    """Every combination of the values; a single empty one of an empty grid."""
    return tuple(dict(zip(grid, values, strict=True)) for values in product(*grid.values()))
