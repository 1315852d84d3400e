"""What a search found against the best that is known, on rows that neither has chosen by."""

from __future__ import annotations

import dataclasses
import statistics
from pathlib import Path
from typing import Any

from rich.console import Console

from models.settings import TrainSettings
from models.structure import Structure
from pipeline.experiments.contender import Contender
from pipeline.experiments.dataset import Dataset
from pipeline.experiments.loading import load
from pipeline.experiments.structure_contender import StructureContender, Variant
from pipeline.experiments.table2 import contenders
from pipeline.experiments.trial import Trial
from pipeline.summary import Summary

SEEDS = (1, 2, 3)
BEST_RANKING = "autoncf"
"""The row of Table II that is best on every ranking set that we have."""


@dataclasses.dataclass(frozen=True)
class Gap:
    """Two figures on test.

    Attributes:
        found: of the search's structure.
        known: of the best known preset.
        known_name: of that preset.
        gap: how much better the preset is; below 0 the search's structure is.
    """

    found: float
    known: float
    known_name: str
    gap: float


def compare_rankings(
    console: Console,
    name: str,
    data_dir: Path,
    work_dir: Path,
    structure: dict[str, Any],
    settings: TrainSettings,
) -> Gap:
    """NDCG@10 under cold-last, mean of `SEEDS`, both trained in the same way."""
    dataset = Dataset(name, lambda: load(name, data_dir, work_dir))
    found = StructureContender("found", (Variant(Structure.from_dict(structure), settings, {}),))
    known = next(row for row in contenders("implicit") if row.name == BEST_RANKING)
    values = [_ndcg(console, dataset, contender) for contender in (found, known)]
    return Gap(values[0], values[1], BEST_RANKING, values[1] - values[0])


def compare_ratings(found: Summary, known: Summary) -> Gap:
    """RMSE of two runs of the pipeline on the same split."""
    values = [summary.metrics["test"]["rmse"] for summary in (found, known)]
    return Gap(values[0], values[1], "i-autorec", values[0] - values[1])


def _ndcg(console: Console, dataset: Dataset, contender: Contender) -> float:
    trials = [Trial(dataset, contender, seed) for seed in SEEDS]
    choice = trials[0].select()
    values = [trial.results(choice)[0].metrics["cold_last_ndcg_at_10"] for trial in trials]
    console.print(
        f"{dataset.name} {contender.name}: validation {choice.value:.4f} in epoch {choice.epochs}, "
        f"cold-last NDCG@10 {', '.join(f'{value:.4f}' for value in values)}",
        markup=False,
    )
    return statistics.fmean(values)
