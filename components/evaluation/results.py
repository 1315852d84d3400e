"""Reading what the Evaluator wrote."""

from __future__ import annotations

from collections.abc import Iterator

from tensorflow_model_analysis import constants
from tensorflow_model_analysis.api.model_eval_lib import load_metrics

OVERALL = "overall"


def read_metrics(evaluation_uri: str) -> dict[str, float]:
    """Metrics of the candidate over all users.

    Args:
        evaluation_uri: the Evaluator's `evaluation` artifact.

    Returns:
        value by metric name; nan where nothing counted.
    """
    return read_sliced_metrics(evaluation_uri)[OVERALL]


def read_sliced_metrics(evaluation_uri: str) -> dict[str, dict[str, float]]:
    """Metrics of the candidate by slice: "overall", or "feature=value" such as "user_activity=10-99".

    Args:
        evaluation_uri: the Evaluator's `evaluation` artifact.

    Returns:
        value by metric name, by slice name; "overall" first and the rest in alphabetical order.
    """
    slices = {_slice_name(record.slice_key): dict(_values(record)) for record in load_metrics(evaluation_uri)}
    return dict(sorted(slices.items(), key=lambda item: (item[0] != OVERALL, item[0])))


def _slice_name(slice_key) -> str:
    parts = [f"{part.column}={part.bytes_value.decode()}" for part in slice_key.single_slice_keys]
    return ", ".join(parts) or OVERALL


def _values(record) -> Iterator[tuple[str, float]]:
    for metric in record.metric_keys_and_values:
        if metric.key.is_diff or metric.key.model_name == constants.BASELINE_KEY:
            continue
        yield metric.key.name, metric.value.double_value.value
