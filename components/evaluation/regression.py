"""How much worse than the champion a challenger is, beyond chance, as metrics of TensorFlow Model Analysis.

TFMA's own comparison, the change threshold, looks at the difference alone: with a margin of 0 it refuses
every other model that is just as good.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable

import apache_beam as beam
import numpy as np
from tensorflow_model_analysis.metrics import metric_types
from tensorflow_model_analysis.proto import config_pb2

from components.evaluation.bootstrap import significant_loss
from components.evaluation.lists import LabelledLists, labels_and_scores
from models import metrics

UserTotals = Callable[[np.ndarray, np.ndarray], tuple[float, int]]
"""From labels and scores of a user: the total of a value, and how many values it adds up; 0 if none count."""

Loss = Callable[[np.ndarray, np.ndarray], np.ndarray]
"""From the mean values of champion and challenger: how much worse the challenger is."""

_TOTALS_PER_USER = 3


class NDCGLossAtK(metric_types.Metric):
    """How much less than the champion's the mean NDCG@`top_k` is at least; see `significant_loss`.

    0 without a champion.

    Args:
        top_k: how many items of the ranking count.
        confidence: that the loss is at least that large.
        name: key of the metric in the results.
    """

    def __init__(self, top_k: int, confidence: float, name: str):
        super().__init__(_ndcg_loss_computations, top_k=top_k, confidence=confidence, name=name)


class ListRMSELoss(metric_types.Metric):
    """How much more than the champion's the root mean squared error is at least; see `significant_loss`.

    0 without a champion.

    Args:
        confidence: that the loss is at least that large.
        name: key of the metric in the results.
    """

    def __init__(self, confidence: float, name: str):
        super().__init__(_rmse_loss_computations, confidence=confidence, name=name)


# TFMA looks at these argument names to know what a metric needs, as in `components.evaluation.metrics`.
def _ndcg_loss_computations(
    top_k: int,
    confidence: float,
    name: str,
    eval_config: config_pb2.EvalConfig | None = None,
    model_names: list[str] | None = None,
) -> metric_types.MetricComputations:
    def totals(labels: np.ndarray, scores: np.ndarray) -> tuple[float, int]:
        value = metrics.ndcg(labels, scores, top_k)
        return (0.0, 0) if np.isnan(value) else (value, 1)

    def loss(champion: np.ndarray, challenger: np.ndarray) -> np.ndarray:
        return champion - challenger

    return _comparison(name, confidence, eval_config, model_names, totals, loss)


def _rmse_loss_computations(
    confidence: float,
    name: str,
    eval_config: config_pb2.EvalConfig | None = None,
    model_names: list[str] | None = None,
) -> metric_types.MetricComputations:
    def totals(labels: np.ndarray, scores: np.ndarray) -> tuple[float, int]:
        return float(np.square(labels - scores).sum(dtype=np.float64)), labels.size

    def loss(champion: np.ndarray, challenger: np.ndarray) -> np.ndarray:
        return np.sqrt(challenger) - np.sqrt(champion)

    return _comparison(name, confidence, eval_config, model_names, totals, loss)


def _comparison(
    name: str,
    confidence: float,
    eval_config: config_pb2.EvalConfig | None,
    model_names: list[str] | None,
    totals: UserTotals,
    loss: Loss,
) -> metric_types.MetricComputations:
    """One computation that reads the scores of both models; its result belongs to the candidate."""
    specs = eval_config.model_specs if eval_config else []
    champion = next((spec.name for spec in specs if spec.is_baseline), None)
    challenger = next(model for model in model_names or [""] if model != champion)
    key = metric_types.MetricKey(name=name, model_name=challenger)
    combiner = _PairCombiner(key, champion, eval_config, confidence, totals, loss)
    return [metric_types.MetricComputation(keys=[key], preprocessors=[LabelledLists()], combiner=combiner)]


class _PairCombiner(beam.CombineFn):
    """Collects the totals of every user under both models, and compares them in the end."""

    def __init__(
        self,
        key: metric_types.MetricKey,
        champion: str | None,
        eval_config: config_pb2.EvalConfig | None,
        confidence: float,
        totals: UserTotals,
        loss: Loss,
    ):
        self._key = key
        self._champion = champion
        self._eval_config = eval_config
        self._confidence = confidence
        self._totals = totals
        self._loss = loss

    def create_accumulator(self) -> array[float]:
        return array("d")

    def add_input(
        self, accumulator: array[float], element: metric_types.StandardMetricInputs
    ) -> array[float]:
        if self._champion is None:
            return accumulator
        champion, count = self._totals_of(element, self._champion)
        if count:
            challenger, _ = self._totals_of(element, self._key.model_name)
            accumulator.extend((champion, challenger, count))
        return accumulator

    def merge_accumulators(self, accumulators: Iterable[array[float]]) -> array[float]:
        merged = self.create_accumulator()
        for accumulator in accumulators:
            merged.extend(accumulator)
        return merged

    def extract_output(self, accumulator: array[float]) -> dict[metric_types.MetricKey, float]:
        users = np.asarray(accumulator).reshape(-1, _TOTALS_PER_USER)
        return {self._key: significant_loss(users, self._confidence, self._loss)}

    def _totals_of(self, element: metric_types.StandardMetricInputs, model: str) -> tuple[float, int]:
        return self._totals(*labels_and_scores(element, self._eval_config, model))
