"""Whether two spans are about the same items, whatever the size of the spans and of the catalogue."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from tensorflow_metadata.proto.v0 import statistics_pb2

HITS = 10
"""Items whose share changed most are left out: a hit of the day is no other catalogue. Fewer are, where they
are more than one in ten items of a span, or more than half of its rows: then they are what it is about."""

LEAST_EVIDENCE = 100
"""Rows of either span, or at least pairs of its rows of the same item: few rows tell much if there are few
items. And pairs of rows of the same item that are expected between equal spans. With less, chance decides."""

LEAST_BESIDE_HITS = 30
"""The same without the hits: with fewer, nothing but hits tells the spans apart."""


def overlap(counts: Mapping[str, float], baseline: Mapping[str, float]) -> float | None:
    """Likeness of two distributions of items: about 1 for samples of the same one, 0 for disjoint ones.

    `2 * sum(x * y) / ((lx + ly) * sum(x) * sum(y))`, where `lx = sum(x * (x - 1)) / (sum(x) * (sum(x) - 1))`,
    over the items but the hits: Morisita's index ("Measuring of interspecific association and similarity
    between communities", 1959). It is the chance that a row of each span have the same item, relative to the
    chance within a span. No row is paired with itself, so it does not depend on how many rows were drawn;
    Jensen-Shannon divergence and L-infinity of samples do (see schemas/spans.pbtxt).

    Args:
        counts: rows by item.
        baseline: rows by item in the span to compare with.

    Returns:
        At least 0, and above 1 by chance; 0 if one of the two has no rows; None if there are too few rows or
        coincidences to tell.
    """
    items = sorted(counts.keys() | baseline.keys())
    x = np.array([counts.get(item, 0) for item in items], np.float64)
    y = np.array([baseline.get(item, 0) for item in items], np.float64)
    telling = [max(each.sum(), (each * (each - 1)).sum()) >= LEAST_EVIDENCE for each in (x, y)]
    if any(telling) and not (x.any() and y.any()):
        return 0.0
    if not all(telling) or _coincidences(x, y)[1] < LEAST_EVIDENCE:
        return None
    kept = _without_hits(x, y)
    found, expected = _coincidences(x[kept], y[kept])
    return found / expected if expected >= LEAST_BESIDE_HITS else None


def _coincidences(x: np.ndarray, y: np.ndarray) -> tuple[float, float]:
    """Pairs of a row of `x` and one of `y` of the same item: how many there are, and how many there would be
    if both were samples of one distribution."""
    of_a_pair = [(each * (each - 1)).sum() / max(each.sum() * (each.sum() - 1), 1) for each in (x, y)]
    return float((x * y).sum()), float(x.sum() * y.sum() * sum(of_a_pair) / 2)


def _without_hits(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Indices of the items but the hits."""
    shares = np.stack([x / x.sum(), y / y.sum()])
    order = np.argsort(-np.abs(shares[0] - shares[1]), kind="stable")
    most = min(HITS, *(shares > 0).sum(axis=1) // 10)
    dropped = shares[:, order[:most]].cumsum(axis=1).max(axis=0, initial=0)
    return order[int((dropped <= 0.5).sum()) :]


def item_counts(feature: statistics_pb2.FeatureNameStatistics) -> dict[str, float] | None:
    """Rows by item; None if the statistics dropped the rare ones (see `span_statistics_options`)."""
    strings = feature.string_stats
    buckets = strings.rank_histogram.buckets
    return (
        {bucket.label: bucket.sample_count for bucket in buckets} if len(buckets) == strings.unique else None
    )
