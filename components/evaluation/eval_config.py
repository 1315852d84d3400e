"""Configuration of the standard Evaluator for lists of candidates."""

from __future__ import annotations

import json

# Not `tfma.EvalConfig`: TFMA 0.52 has it only once tfx is imported.
from tensorflow_model_analysis.proto import config_pb2

from components.code_digest import code_digest
from components.evaluation import metrics, regression
from components.evaluation.settings import (
    LOSS_SUFFIX,
    Bounds,
    EvaluationSettings,
    Feedback,
    compared_metric,
    metric_names,
)
from models.errors import UserError


def ranking_eval_config(
    feedback: Feedback, settings: EvaluationSettings | None = None
) -> config_pb2.EvalConfig:
    """The EvalConfig for models that answer serialised Examples, one per user, with `scores`.

    A model is blessed if every metric over all users lies within its thresholds, and if neither over all
    users nor in any slice it is worse than the champion by more than `settings.max_regression` beyond chance
    (see `components.evaluation.regression`). A metric that is not a number never passes. Without a champion,
    as on a first run, there is no comparison.

    Args:
        feedback: "implicit" for HR@k and NDCG@k, "explicit" for RMSE.
        settings: thresholds and slices, the defaults if None.

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
                metrics=[
                    *(_metric_config(name, settings) for name in names),
                    _loss_config(compared_metric(feedback, settings.top_k), settings),
                ],
            )
        ],
    )


def _metric_config(name: str, settings: EvaluationSettings) -> config_pb2.MetricConfig:
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
                slicing_specs=[config_pb2.SlicingSpec()], threshold=_threshold(name, settings)
            )
        ],
    )


def _threshold(name: str, settings: EvaluationSettings) -> config_pb2.MetricThreshold:
    """Bounds of a metric over all users; without any in the settings, one that every number passes."""
    threshold = config_pb2.MetricThreshold()
    bounds = settings.thresholds.get(name, Bounds(lower_bound=0.0))
    if bounds.lower_bound is not None:
        threshold.value_threshold.lower_bound.value = bounds.lower_bound
    if bounds.upper_bound is not None:
        threshold.value_threshold.upper_bound.value = bounds.upper_bound
    return threshold


def _loss_config(compared: str, settings: EvaluationSettings) -> config_pb2.MetricConfig:
    """The comparison with the champion in one metric, over all users and in every slice."""
    loss_class = regression.ListRMSELoss if compared == "rmse" else regression.NDCGLossAtK
    arguments: dict[str, object] = {
        "name": compared + LOSS_SUFFIX,
        "confidence": settings.confidence,
        "code": code_digest("components.evaluation", "models.metrics"),
    }
    if compared != "rmse":
        arguments["top_k"] = settings.top_k
    config = config_pb2.MetricConfig(
        class_name=loss_class.__name__,
        module=loss_class.__module__,
        config=json.dumps(arguments),
    )
    config.threshold.value_threshold.upper_bound.value = settings.max_regression
    return config
