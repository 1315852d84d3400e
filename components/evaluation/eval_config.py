"""Configuration of the standard Evaluator for lists of candidates."""

from __future__ import annotations

import json

# Not `tfma.EvalConfig`: TFMA 0.52 has it only once tfx is imported.
from tensorflow_model_analysis.proto import config_pb2

from components.evaluation import metrics
from components.evaluation.settings import Bounds, EvaluationSettings, Feedback, lower_is_better, metric_names
from models.errors import UserError


def ranking_eval_config(
    feedback: Feedback, settings: EvaluationSettings | None = None, *, with_baseline: bool = True
) -> config_pb2.EvalConfig:
    """The EvalConfig for models that answer serialised Examples, one per user, with `scores`.

    A model is blessed if every metric over all users lies within its thresholds and is worse than the
    champion's by at most `settings.max_regression`. A metric that is not a number never passes. Slices are
    only reported.

    Args:
        feedback: "implicit" for HR@k and NDCG@k, "explicit" for RMSE.
        settings: thresholds and slices, the defaults if None.
        with_baseline: whether to compare with a champion. Where the Evaluator's `baseline_model` channel is
            empty, as on a first run, it leaves the comparison out by itself; False is for evaluations that
            have no such channel, as on the test split.

    Raises:
        UserError: if a threshold names a metric that is not computed.
    """
    settings = settings or EvaluationSettings()
    names = metric_names(feedback, settings.top_k)
    for name in settings.thresholds:
        if name not in names:
            raise UserError(
                f"evaluation.thresholds: {name} is not among the metrics of {feedback} feedback with "
                f"top_k {settings.top_k}; use {' or '.join(names)}."
            )
    return config_pb2.EvalConfig(
        model_specs=[
            config_pb2.ModelSpec(
                signature_name="serving_default", prediction_key="scores", label_key="labels"
            )
        ],
        slicing_specs=[
            config_pb2.SlicingSpec(),
            *(config_pb2.SlicingSpec(feature_keys=[feature]) for feature in settings.slice_features),
        ],
        metrics_specs=[
            config_pb2.MetricsSpec(
                metrics=[_metric_config(name, settings, with_baseline) for name in names],
            )
        ],
    )


def _metric_config(name: str, settings: EvaluationSettings, with_baseline: bool) -> config_pb2.MetricConfig:
    ranking_classes = {
        f"hr_at_{settings.top_k}": metrics.HitRateAtK,
        f"ndcg_at_{settings.top_k}": metrics.NDCGAtK,
    }
    metric_class = ranking_classes.get(name, metrics.ListRMSE)
    arguments = {"top_k": settings.top_k} if name in ranking_classes else {}
    return config_pb2.MetricConfig(
        class_name=metric_class.__name__,
        module=metric_class.__module__,
        config=json.dumps({"name": name, **arguments}),
        # Not `threshold`: that one is applied to every slice. An empty SlicingSpec is the whole.
        per_slice_thresholds=[
            config_pb2.PerSliceMetricThreshold(
                slicing_specs=[config_pb2.SlicingSpec()],
                threshold=_threshold(name, settings, with_baseline),
            )
        ],
    )


def _threshold(name: str, settings: EvaluationSettings, with_baseline: bool) -> config_pb2.MetricThreshold:
    """Bounds of a metric over all users; without any in the settings, one that every number passes.

    It may not be left out: the Evaluator blesses nothing where no threshold is left, and on a first run the
    one against the champion falls away.
    """
    threshold = config_pb2.MetricThreshold()
    bounds = settings.thresholds.get(name, Bounds(lower_bound=0.0))
    if bounds.lower_bound is not None:
        threshold.value_threshold.lower_bound.value = bounds.lower_bound
    if bounds.upper_bound is not None:
        threshold.value_threshold.upper_bound.value = bounds.upper_bound
    if with_baseline:
        change = threshold.change_threshold
        if lower_is_better(name):
            change.direction = config_pb2.MetricDirection.LOWER_IS_BETTER
            change.absolute.value = settings.max_regression
        else:
            change.direction = config_pb2.MetricDirection.HIGHER_IS_BETTER
            change.absolute.value = -settings.max_regression
    return threshold
