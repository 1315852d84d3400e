"""Hit rate, NDCG and RMSE as metrics of TensorFlow Model Analysis (TFMA), one Example per user.

Lists that say nothing (no candidate; for the ranking metrics also no relevant one) are left out. What is
computed, ties included, is defined in `models.metrics`.

The stock metrics do not do: `tfma.metrics.NDCG` wants one Example per candidate and breaks ties arbitrarily,
and `RootMeanSquaredError` counts the padding. Nor may ours share a name with them: TFMA looks a class name up
among its own metrics before it looks into the module that the configuration names.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import apache_beam as beam
import numpy as np
from tensorflow_model_analysis.metrics import metric_types
from tensorflow_model_analysis.proto import config_pb2

from components.evaluation.lists import LabelledLists, labels_and_scores
from models import metrics

Total = tuple[float, int]
"""A sum over the data seen so far and how many values it holds."""


class HitRateAtK(metric_types.Metric):
    """Mean over users of HR@`top_k`.

    Args:
        top_k: how many items of the ranking count.
        name: key of the metric in the results, `hr_at_<top_k>` if None.
    """

    def __init__(self, top_k: int = 10, name: str | None = None):
        super().__init__(_hit_rate_computations, top_k=top_k, name=name or f"hr_at_{top_k}")


class NDCGAtK(metric_types.Metric):
    """Mean over users of NDCG@`top_k`.

    Args:
        top_k: how many items of the ranking count.
        name: key of the metric in the results, `ndcg_at_<top_k>` if None.
    """

    def __init__(self, top_k: int = 10, name: str | None = None):
        super().__init__(_ndcg_computations, top_k=top_k, name=name or f"ndcg_at_{top_k}")


class ListRMSE(metric_types.Metric):
    """Root mean squared error over all pairs of all users.

    Args:
        name: key of the metric in the results.
    """

    def __init__(self, name: str = "rmse"):
        super().__init__(_rmse_computations, name=name)


# TFMA looks at these argument names to know what a metric needs: behind `**kwargs` the models' names would
# never arrive, which shows only once there is a baseline.
def _hit_rate_computations(
    top_k: int,
    name: str,
    eval_config: config_pb2.EvalConfig | None = None,
    model_names: list[str] | None = None,
) -> metric_types.MetricComputations:
    def total(labels: np.ndarray, scores: np.ndarray) -> Total:
        return _one_if_defined(metrics.hit_rate(labels, scores, top_k))

    return _per_model(name, eval_config, model_names, total, _mean)


def _ndcg_computations(
    top_k: int,
    name: str,
    eval_config: config_pb2.EvalConfig | None = None,
    model_names: list[str] | None = None,
) -> metric_types.MetricComputations:
    def total(labels: np.ndarray, scores: np.ndarray) -> Total:
        return _one_if_defined(metrics.ndcg(labels, scores, top_k))

    return _per_model(name, eval_config, model_names, total, _mean)


def _rmse_computations(
    name: str,
    eval_config: config_pb2.EvalConfig | None = None,
    model_names: list[str] | None = None,
) -> metric_types.MetricComputations:
    def total(labels: np.ndarray, scores: np.ndarray) -> Total:
        return metrics.rmse(labels, scores) ** 2 * labels.size, labels.size

    return _per_model(name, eval_config, model_names, total, _root_mean)


def _per_model(
    name: str,
    eval_config: config_pb2.EvalConfig | None,
    model_names: list[str] | None,
    total: Callable[[np.ndarray, np.ndarray], Total],
    finish: Callable[[Total], float],
) -> metric_types.MetricComputations:
    """One computation per model: the candidate, and the baseline if there is one."""
    computations = []
    for model_name in model_names or [""]:
        key = metric_types.MetricKey(name=name, model_name=model_name)
        combiner = _ListCombiner(key, eval_config, total, finish)
        computations.append(
            metric_types.MetricComputation(keys=[key], preprocessors=[LabelledLists()], combiner=combiner)
        )
    return computations


class _ListCombiner(beam.CombineFn):
    """Adds up one metric of one model over lists."""

    def __init__(
        self,
        key: metric_types.MetricKey,
        eval_config: config_pb2.EvalConfig | None,
        total: Callable[[np.ndarray, np.ndarray], Total],
        finish: Callable[[Total], float],
    ):
        self._key = key
        self._eval_config = eval_config
        self._total = total
        self._finish = finish

    def create_accumulator(self) -> Total:
        return 0.0, 0

    def add_input(self, accumulator: Total, element: metric_types.StandardMetricInputs) -> Total:
        labels, scores = labels_and_scores(element, self._eval_config, self._key.model_name)
        if labels.size == 0:
            return accumulator
        return self.merge_accumulators([accumulator, self._total(labels, scores)])

    def merge_accumulators(self, accumulators: Iterable[Total]) -> Total:
        sums, counts = zip(*accumulators, strict=True)
        return sum(sums), sum(counts)

    def extract_output(self, accumulator: Total) -> dict[metric_types.MetricKey, float]:
        return {self._key: self._finish(accumulator)}


def _one_if_defined(value: float) -> Total:
    return (0.0, 0) if np.isnan(value) else (value, 1)


def _mean(total: Total) -> float:
    return total[0] / total[1] if total[1] else float("nan")


def _root_mean(total: Total) -> float:
    return float(np.sqrt(_mean(total)))
