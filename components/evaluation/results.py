"""Reading what the Evaluator wrote."""

from __future__ import annotations

from collections.abc import Iterator

from tensorflow_model_analysis import constants
from tensorflow_model_analysis.api.model_eval_lib import load_metrics
from tensorflow_model_analysis.proto import metrics_for_slice_pb2

from components.evaluation.settings import LOSS_SUFFIX

OVERALL = "overall"


def read_metrics(evaluation_uri: str) -> dict[str, float]:
    """Metrics of the candidate over all users.

    Args:
        evaluation_uri: the Evaluator's `evaluation` artifact.

    Returns:
        value by metric name; nan where nothing counted, no metric at all for a split without Examples.
    """
    return read_sliced_metrics(evaluation_uri).get(OVERALL, {})


def read_champion_metrics(evaluation_uri: str) -> dict[str, float] | None:
    """Metrics of the champion over the same users; None if the candidate was compared with none."""
    for record in load_metrics(evaluation_uri):
        if slice_name(record.slice_key) == OVERALL:
            return dict(_values(record, champion=True)) or None
    return None


def read_sliced_metrics(evaluation_uri: str) -> dict[str, dict[str, float]]:
    """Metrics of the candidate by slice: "overall", or "feature=value" such as "user_activity=10-99".

    Args:
        evaluation_uri: the Evaluator's `evaluation` artifact.

    Returns:
        value by metric name, by slice name; "overall" first and the rest in alphabetical order.
    """
    slices = {
        slice_name(record.slice_key): dict(_values(record, champion=False))
        for record in load_metrics(evaluation_uri)
    }
    return dict(sorted(slices.items(), key=lambda item: (item[0] != OVERALL, item[0])))


def slice_name(slice_key: metrics_for_slice_pb2.SliceKey) -> str:
    """Such as "user_activity=10-99"; "overall" for all users."""
    parts = [f"{part.column}={part.bytes_value.decode()}" for part in slice_key.single_slice_keys]
    return ", ".join(parts) or OVERALL


def _values(record: metrics_for_slice_pb2.MetricsForSlice, champion: bool) -> Iterator[tuple[str, float]]:
    for metric in record.metric_keys_and_values:
        key = metric.key
        is_champion = key.model_name == constants.BASELINE_KEY
        if is_champion == champion and not key.is_diff and not key.name.endswith(LOSS_SUFFIX):
            yield key.name, metric.value.double_value.value
