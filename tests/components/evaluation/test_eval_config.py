"""Settings and the EvalConfig that is made of them."""

import json

import pydantic
import pytest
from tensorflow_model_analysis.proto import config_pb2

from components.code_digest import code_digest
from components.evaluation.eval_config import ranking_eval_config
from components.evaluation.settings import EvaluationSettings
from models.errors import UserError


def by_name(config):
    """Metric name -> its configuration."""
    return {json.loads(metric.config)["name"]: metric for metric in config.metrics_specs[0].metrics}


def overall_threshold(metric):
    """The threshold over all users, of a metric that has none for slices."""
    assert not metric.HasField("threshold")  # that one would hold for every slice
    (per_slice,) = metric.per_slice_thresholds
    assert list(per_slice.slicing_specs) == [config_pb2.SlicingSpec()]
    return per_slice.threshold.value_threshold


def test_names_and_slices():
    config = ranking_eval_config("implicit", EvaluationSettings(top_k=5))
    assert list(by_name(config)) == ["hr_at_5", "ndcg_at_5", "ndcg_at_5_loss"]
    assert list(by_name(ranking_eval_config("explicit"))) == ["rmse", "rmse_loss"]
    slices = [list(spec.feature_keys) for spec in config.slicing_specs]
    assert slices == [[], ["user_activity"], ["item_popularity"]]


@pytest.mark.parametrize("feedback", ["implicit", "explicit"])
def test_regression_is_limited_in_every_slice(feedback):
    settings = EvaluationSettings(max_regression=0.25, confidence=0.9)
    *_, loss = by_name(ranking_eval_config(feedback, settings)).values()
    assert loss.threshold.value_threshold.upper_bound.value == 0.25
    assert not loss.per_slice_thresholds
    assert json.loads(loss.config)["confidence"] == 0.9


@pytest.mark.parametrize("feedback", ["implicit", "explicit"])
def test_other_code_is_another_configuration(feedback):
    *_, loss = by_name(ranking_eval_config(feedback)).values()
    assert json.loads(loss.config)["code"] == code_digest("components.evaluation", "models.metrics")


def test_thresholds_are_about_all_users():
    settings = EvaluationSettings(thresholds={"hr_at_10": {"lower_bound": 0.3}})
    found = by_name(ranking_eval_config("implicit", settings))
    assert overall_threshold(found["hr_at_10"]).lower_bound.value == 0.3
    assert overall_threshold(found["ndcg_at_10"]).lower_bound.value == 0.0
    assert not overall_threshold(found["ndcg_at_10"]).HasField("upper_bound")


@pytest.mark.parametrize("name", ["rmse", "ndcg_at_10_loss"])
def test_threshold_of_another_metric(name):
    settings = EvaluationSettings(thresholds={name: {"upper_bound": 1}})
    with pytest.raises(UserError, match=rf"{name} is not among the metrics .* use hr_at_10 or ndcg_at_10"):
        ranking_eval_config("implicit", settings)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"topk": 5}, "Extra inputs"),
        ({"top_k": 0}, "greater than or equal to 1"),
        ({"max_regression": -0.1}, "greater than or equal to 0"),
        ({"confidence": 1}, "less than 1"),
        ({"confidence": 0.4}, "greater than or equal to 0.5"),
        ({"thresholds": {"rmse": {}}}, "needs lower_bound, upper_bound or both"),
        ({"thresholds": {"rmse": {"lower_bound": 2, "upper_bound": 1}}}, "2.0 is above upper_bound 1.0"),
    ],
)
def test_settings_that_are_refused(wrong, message):
    with pytest.raises(pydantic.ValidationError, match=message):
        EvaluationSettings.model_validate(wrong)
