"""Results of the same structure, taken together over the seeds."""

import math
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np

from pipeline.experiments.results import Result, SelectedBy


class Spread(NamedTuple):
    """What one metric was over the seeds."""

    mean: float
    low: float
    high: float


def spread(results: Iterable[Result], metric: str) -> Spread | None:
    """Mean and range of a metric; None where no result has it as a number."""
    values = [result.metrics.get(metric, math.nan) for result in results]
    values = [value for value in values if not math.isnan(value)]
    return Spread(math.fsum(values) / len(values), min(values), max(values)) if values else None


def by_dataset(results: Iterable[Result]) -> dict[str, list[Result]]:
    """The results of every dataset, in the order of appearance."""
    groups: dict[str, list[Result]] = {}
    for result in results:
        groups.setdefault(result.dataset, []).append(result)
    return groups


def by_structure(results: Iterable[Result]) -> dict[str, list[Result]]:
    """The results of every structure, in the order of appearance."""
    groups: dict[str, list[Result]] = {}
    for result in results:
        groups.setdefault(result.structure, []).append(result)
    return groups


def selected(results: Iterable[Result], by: SelectedBy) -> list[Result]:
    """The results whose epochs were chosen by the validation split, or by the test split."""
    return [result for result in results if result.selected_by == by]


def has_ratings(results: Sequence[Result]) -> bool:
    """Whether these are results of rating data."""
    return any("rmse" in result.metrics for result in results)


def mean_user_ndcgs(results: Iterable[Result]) -> np.ndarray | None:
    """NDCG@10 of every user, averaged over the seeds: float [users]; None where no result has it."""
    ndcgs = [result.user_ndcgs for result in results if result.user_ndcgs is not None]
    return np.mean(ndcgs, axis=0) if ndcgs else None
