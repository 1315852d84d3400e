"""How much worse than the champion a challenger is, beyond chance, as metrics of TensorFlow Model Analysis.

TFMA's own comparison, the change threshold, looks at the difference alone: with a margin of 0 it refuses
every other model that is just as good.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Iterator

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

PairTotals = tuple[float, float, int]
"""Of a user: the champion's total, the challenger's, and how many values each adds up."""


class NDCGLossAtK(metric_types.Metric):
    """How much less than the champion's the mean NDCG@`top_k` is at least; see `significant_loss`.

    0 without a champion.

    Args:
        top_k: how many items of the ranking count.
        confidence: that the loss is at least that large.
        name: key of the metric in the results.
        code: a digest of this code. It changes nothing but the configuration, so that the cache of a pipeline
            does not answer for other code.
    """

    def __init__(self, top_k: int, confidence: float, name: str, code: str = ""):
        super().__init__(_ndcg_loss_computations, top_k=top_k, confidence=confidence, name=name)


class ListRMSELoss(metric_types.Metric):
    """How much more than the champion's the root mean squared error is at least; see `significant_loss`.

    0 without a champion.

    Args:
        confidence: that the loss is at least that large.
        name: key of the metric in the results.
        code: a digest of this code, as of `NDCGLossAtK`.
    """

    def __init__(self, confidence: float, name: str, code: str = ""):
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
    return [
        metric_types.MetricComputation(
            keys=[metric_types.MetricKey(name=name, model_name=challenger)],
            preprocessors=[LabelledLists(), _PairTotals(champion, challenger, eval_config, totals)],
            combiner=_LossCombiner(name, challenger, confidence, loss),
        )
    ]


class _PairTotals(metric_types.Preprocessor):
    """The totals of every user under both models; without a champion, of nobody.

    A preprocessor works once per user, a combiner once in every slice that the user belongs to.
    """

    def __init__(
        self,
        champion: str | None,
        challenger: str,
        eval_config: config_pb2.EvalConfig | None,
        totals: UserTotals,
    ):
        super().__init__()
        self._champion = champion
        self._challenger = challenger
        self._eval_config = eval_config
        self._totals = totals

    def process(self, element: metric_types.StandardMetricInputs) -> Iterator[PairTotals]:
        if self._champion is None:
            return
        champion, count = self._totals_of(element, self._champion)
        if count:
            challenger, _ = self._totals_of(element, self._challenger)
            yield champion, challenger, count

    def _totals_of(self, element: metric_types.StandardMetricInputs, model: str) -> tuple[float, int]:
        return self._totals(*labels_and_scores(element, self._eval_config, model))


class _LossCombiner(beam.CombineFn):
    """Collects the users, and compares the models in the end."""

    def __init__(self, name: str, challenger: str, confidence: float, loss: Loss):
        self._key = metric_types.MetricKey(name=name, model_name=challenger)
        self._confidence = confidence
        self._loss = loss

    def create_accumulator(self) -> array:
        return array("d")

    def add_input(self, accumulator: array, element: PairTotals) -> array:
        accumulator.extend(element)
        return accumulator

    def merge_accumulators(self, accumulators: Iterable[array]) -> array:
        merged = self.create_accumulator()
        for accumulator in accumulators:
            merged.extend(accumulator)
        return merged

    def extract_output(self, accumulator: array) -> dict[metric_types.MetricKey, float]:
        users = np.asarray(accumulator).reshape(-1, 3)
        return {self._key: significant_loss(users, self._confidence, self._loss)}
