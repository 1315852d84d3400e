"""Settings and the EvalConfig that is made of them."""

import json

import pydantic
import pytest
from tensorflow_model_analysis.proto import config_pb2

from components.evaluation.eval_config import ranking_eval_config
from components.evaluation.settings import EvaluationSettings
from models.errors import UserError


def thresholds(config):
    """Metric name -> its threshold over all users."""
    answer = {}
    for metric in config.metrics_specs[0].metrics:
        assert not metric.HasField("threshold")  # that one would hold for every slice
        (per_slice,) = metric.per_slice_thresholds
        assert list(per_slice.slicing_specs) == [config_pb2.SlicingSpec()]
        answer[json.loads(metric.config)["name"]] = per_slice.threshold
    return answer


def test_names_and_slices():
    config = ranking_eval_config("implicit", EvaluationSettings(top_k=5))
    assert list(thresholds(config)) == ["hr_at_5", "ndcg_at_5"]
    assert list(thresholds(ranking_eval_config("explicit"))) == ["rmse"]
    slices = [list(spec.feature_keys) for spec in config.slicing_specs]
    assert slices == [[], ["user_activity"], ["item_popularity"]]


def test_regression_is_limited_in_the_direction_of_the_metric():
    settings = EvaluationSettings(max_regression=0.25)
    ranking = thresholds(ranking_eval_config("implicit", settings))["hr_at_10"].change_threshold
    error = thresholds(ranking_eval_config("explicit", settings))["rmse"].change_threshold
    assert ranking.direction == config_pb2.MetricDirection.HIGHER_IS_BETTER
    assert ranking.absolute.value == -0.25
    assert error.direction == config_pb2.MetricDirection.LOWER_IS_BETTER
    assert error.absolute.value == 0.25


def test_a_value_threshold_is_left_without_a_baseline():
    settings = EvaluationSettings(thresholds={"hr_at_10": {"lower_bound": 0.3}})
    found = thresholds(ranking_eval_config("implicit", settings, with_baseline=False))
    assert not found["hr_at_10"].HasField("change_threshold")
    assert found["hr_at_10"].value_threshold.lower_bound.value == 0.3
    assert found["ndcg_at_10"].value_threshold.lower_bound.value == 0.0
    assert not found["ndcg_at_10"].value_threshold.HasField("upper_bound")


def test_threshold_of_another_metric():
    settings = EvaluationSettings(thresholds={"rmse": {"upper_bound": 1}})
    with pytest.raises(UserError, match=r"rmse is not among the metrics .* use hr_at_10 or ndcg_at_10"):
        ranking_eval_config("implicit", settings)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"topk": 5}, "Extra inputs"),
        ({"top_k": 0}, "greater than or equal to 1"),
        ({"max_regression": -0.1}, "greater than or equal to 0"),
        ({"thresholds": {"rmse": {}}}, "needs lower_bound, upper_bound or both"),
        ({"thresholds": {"rmse": {"lower_bound": 2, "upper_bound": 1}}}, "2.0 is above upper_bound 1.0"),
    ],
)
def test_settings_that_are_refused(wrong, message):
    with pytest.raises(pydantic.ValidationError, match=message):
        EvaluationSettings.model_validate(wrong)
