"""Why the Evaluator did not bless a model, in sentences."""

from __future__ import annotations

import math

from tensorflow_model_analysis.api.model_eval_lib import load_validation_result
from tensorflow_model_analysis.proto import config_pb2, validation_result_pb2

from components.evaluation.results import OVERALL, slice_name
from components.evaluation.settings import LOSS_SUFFIX


def reasons(evaluation_uri: str) -> list[str]:
    """One sentence per threshold that the candidate missed; none if it was blessed.

    Args:
        evaluation_uri: the Evaluator's `evaluation` artifact.

    Returns:
        such as "ndcg_at_10 on user_activity=10-99 is worse than the champion's by at least 0.012, more than
        evaluation.max_regression = 0"; those over all users first, the slices in alphabetical order.
    """
    result = load_validation_result(evaluation_uri)
    by_slice: dict[str, list[str]] = {}
    for validation in result.metric_validations_per_slice:
        users = slice_name(validation.slice_key)
        by_slice[users] = [_sentence(failure, users) for failure in validation.failures]
    ordered = sorted(by_slice, key=lambda users: (users != OVERALL, users))
    found = [sentence for users in ordered for sentence in by_slice[users]]
    if not found and not result.validation_ok:
        return ["nobody in the test split has anything to evaluate the model on"]
    return found


def _sentence(failure: validation_result_pb2.ValidationFailure, users: str) -> str:
    name = failure.metric_key.name
    where = "over all users" if users == OVERALL else f"on {users}"
    value = failure.metric_value.double_value.value
    bounds = failure.metric_threshold.value_threshold
    if math.isnan(value):
        return f"{name.removesuffix(LOSS_SUFFIX)} {where} is not a number"
    if name.endswith(LOSS_SUFFIX):
        return (
            f"{name.removesuffix(LOSS_SUFFIX)} {where} is worse than the champion's by at least {value:.4g}, "
            f"more than evaluation.max_regression = {bounds.upper_bound.value:g}"
        )
    return f"{name} {where} is {value:.4g}, {_beyond(value, bounds)}"


def _beyond(value: float, bounds: config_pb2.GenericValueThreshold) -> str:
    if bounds.HasField("lower_bound") and value < bounds.lower_bound.value:
        return f"less than the lower_bound {bounds.lower_bound.value:g} of evaluation.thresholds"
    return f"more than the upper_bound {bounds.upper_bound.value:g} of evaluation.thresholds"
