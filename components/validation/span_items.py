"""Whether two spans are about the same items, whatever the size of the spans and of the catalogue."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from tensorflow_metadata.proto.v0 import statistics_pb2

HITS = 10
"""Items whose share changed most are left out: a hit of the day is no other catalogue."""

LEAST_COINCIDENCES = 100
"""Pairs of rows of the same item that are expected between equal spans. With fewer, chance decides."""


def overlap(counts: Mapping[str, float], baseline: Mapping[str, float]) -> float | None:
    """Likeness of two distributions of items: about 1 for samples of the same one, 0 for disjoint ones.

    `sum(x * y) / sqrt(sum(x * (x - 1)) * sum(y * (y - 1)))` over the items but the `HITS`. Not pairing a
    row with itself (Simpson, "Measurement of diversity", Nature 1949) makes it an estimate of Pianka's index
    (Annual Review of Ecology and Systematics, 1973) of the whole distributions, which does not depend on how
    many rows were drawn. Jensen-Shannon divergence and L-infinity of samples do (see schemas/spans.pbtxt).

    Args:
        counts: rows by item.
        baseline: rows by item in the span to compare with.

    Returns:
        At least 0, and above 1 by chance; None if there are fewer than `LEAST_COINCIDENCES`.
    """
    items = sorted(counts.keys() | baseline.keys())
    x = np.array([counts.get(item, 0) for item in items], np.float64)
    y = np.array([baseline.get(item, 0) for item in items], np.float64)
    if not x.any() or not y.any():
        return None
    moved = np.abs(x / x.sum() - y / y.sum())
    kept = np.argsort(-moved, kind="stable")[HITS:]
    x, y = x[kept], y[kept]
    expected = float(np.sqrt((x * (x - 1)).sum() * (y * (y - 1)).sum()))
    return float((x * y).sum()) / expected if expected >= LEAST_COINCIDENCES else None


def item_counts(feature: statistics_pb2.FeatureNameStatistics) -> dict[str, float] | None:
    """Rows by item; None if the statistics dropped the rare ones (see `span_statistics_options`)."""
    strings = feature.string_stats
    buckets = strings.rank_histogram.buckets
    return (
        {bucket.label: bucket.sample_count for bucket in buckets} if len(buckets) == strings.unique else None
    )
