"""Anomalies in words."""

from __future__ import annotations

import re

from tensorflow_metadata.proto.v0 import anomalies_pb2, statistics_pb2

_PRECISION_REMARK = re.compile(r" ?\(up ?to six significant digits\)")


def sentences(
    split: str, anomalies: anomalies_pb2.Anomalies, statistics: statistics_pb2.DatasetFeatureStatisticsList
) -> list[str]:
    """One line per broken rule: where, which feature, how many Examples have it, and what is wrong with it.

    Args:
        split: name of the split.
        anomalies: what TFDV found in it.
        statistics: what TFDV looked at. A split without Examples breaks every rule in our eyes and none in
            TFDV's, so it has a line of its own.
    """
    dataset = statistics.datasets[0]
    if dataset.num_examples == 0:
        return [f"{split}: there is not one Example."]
    present = {
        feature.name or ".".join(feature.path.step): _common(feature).num_non_missing
        for feature in dataset.features
    }
    found = [
        f"{split}: {_wording(reason)}"
        for reason in _reasons(anomalies.dataset_anomaly_info)
        if reason.description
    ]
    for name, info in sorted(anomalies.anomaly_info.items()):
        extent = f"present in {present.get(name, 0)} of {dataset.num_examples} Examples"
        found += [f"{split}: feature {name} ({extent}): {_wording(reason)}" for reason in _reasons(info)]
    return found


def _reasons(info: anomalies_pb2.AnomalyInfo) -> list[anomalies_pb2.AnomalyInfo.Reason]:
    """The rules that were broken; an anomaly without listed reasons is its own."""
    own = anomalies_pb2.AnomalyInfo.Reason(
        short_description=info.short_description, description=info.description
    )
    return list(info.reason) or [own]


def _wording(reason: anomalies_pb2.AnomalyInfo.Reason) -> str:
    text = _PRECISION_REMARK.sub("", reason.description or reason.short_description).strip()
    return text if text.endswith(".") else f"{text}."


def _common(feature: statistics_pb2.FeatureNameStatistics) -> statistics_pb2.CommonStatistics:
    """Counts that every kind of feature has."""
    kind = feature.WhichOneof("stats")
    return getattr(feature, kind).common_stats if kind else statistics_pb2.CommonStatistics()
