"""Ranking and rating metrics in plain numpy: the one definition behind training, evaluation and benchmarks.

A *list* is what is scored for one user: labels and scores, aligned. Many lists lie flat, one after another,
with their lengths beside them:

    labels  [1, 0, 0,  0, 1]     scores  [.9, .5, .1,  .3, .2]     lengths  [3, 2]

Rules shared by the ranking metrics:

* An item is relevant if its label is above 0. Relevance is binary: a label of 5 counts as one of 1.
* Ties are broken pessimistically: a relevant item ranks below every irrelevant one with the same score, so a
  model that gives one score to everything earns nothing. A score that is not a number ranks below all others.
* A list without a relevant item, an empty one too, says nothing about a ranking: its metric is nan and means
  over lists leave it out. Without any list that counts, the mean is nan.

References: He et al., "Neural Collaborative Filtering" (WWW 2017), section 4.1, for HR@k and NDCG@k with one
relevant item; Järvelin & Kekäläinen, "Cumulated gain-based evaluation of IR techniques" (TOIS 2002) for NDCG.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

Vector = Sequence[float] | np.ndarray[Any, Any]


def hit_rate(labels: Vector, scores: Vector, k: int) -> float:
    """HR@k of one list: 1.0 if a relevant item is among the k best scored, else 0.0.

    nan without a relevant item.

    Args:
        labels: [n], relevant where above 0.
        scores: [n], higher is better.
        k: how many items of the ranking count, at least 1.

    Raises:
        ValueError: if labels and scores differ in length or k is below 1.
    """
    return float(hit_rates(labels, scores, [len(labels)], k)[0])


def ndcg(labels: Vector, scores: Vector, k: int) -> float:
    """NDCG@k of one list: sum of 1 / log2(1 + rank) over relevant ranks <= k, divided by the best such sum.

    The best possible ranking has min(k, relevant items) of them on top; nan without a relevant item.
    Arguments and errors are those of `hit_rate`.
    """
    return float(ndcgs(labels, scores, [len(labels)], k)[0])


def rmse(labels: Vector, predictions: Vector) -> float:
    """Root mean squared error over all pairs, sqrt(mean((labels - predictions)^2)); nan without a pair.

    Args:
        labels: [n], the known values.
        predictions: [n]; one that is not a number makes the result nan.

    Raises:
        ValueError: if labels and predictions differ in length.
    """
    labels, predictions = _aligned(labels, predictions)
    if labels.size == 0:
        return float("nan")
    return float(np.sqrt(np.mean(np.square(labels - predictions))))


def mean_hit_rate(labels: Vector, scores: Vector, lengths: Sequence[int] | np.ndarray, k: int) -> float:
    """HR@k averaged over the lists with a relevant item; arguments as for `hit_rates`."""
    return _mean_where_defined(hit_rates(labels, scores, lengths, k))


def mean_ndcg(labels: Vector, scores: Vector, lengths: Sequence[int] | np.ndarray, k: int) -> float:
    """NDCG@k averaged over the lists with a relevant item; arguments as for `hit_rates`."""
    return _mean_where_defined(ndcgs(labels, scores, lengths, k))


def hit_rates(labels: Vector, scores: Vector, lengths: Sequence[int] | np.ndarray, k: int) -> np.ndarray:
    """HR@k of every list, float64 [lists], nan where a list has no relevant item.

    Args:
        labels: [sum of lengths], the lists one after another.
        scores: [sum of lengths], aligned with the labels.
        lengths: [lists], each at least 0.
        k: how many items of each ranking count, at least 1.

    Raises:
        ValueError: if labels, scores and lengths do not fit each other or k is below 1.
    """
    lists, ranks, relevant = _relevant_ranks(labels, scores, lengths, k)
    hits = np.bincount(lists, weights=ranks <= k, minlength=relevant.size)
    return np.where(relevant > 0, np.minimum(hits, 1.0), np.nan)


def ndcgs(labels: Vector, scores: Vector, lengths: Sequence[int] | np.ndarray, k: int) -> np.ndarray:
    """NDCG@k of every list, float64 [lists], nan without a relevant item; arguments as for `hit_rates`."""
    lists, ranks, relevant = _relevant_ranks(labels, scores, lengths, k)
    gains = np.where(ranks <= k, 1.0 / np.log2(1.0 + ranks), 0.0)
    found = np.bincount(lists, weights=gains, minlength=relevant.size)
    depth = min(k, int(relevant.max(initial=0)))
    best_gains = np.concatenate([[0.0], np.cumsum(1.0 / np.log2(np.arange(2, depth + 2)))])
    best = best_gains[np.minimum(relevant, depth)]
    return np.divide(found, best, out=np.full(relevant.size, np.nan), where=best > 0)


def _relevant_ranks(
    labels: Vector, scores: Vector, lengths: Sequence[int] | np.ndarray, k: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """List number and rank (from 1) of every relevant item, and the count of relevant items of every list."""
    if k < 1:
        raise ValueError(f"k counts the items on top of a ranking and is at least 1. Received: {k}")
    labels, scores = _aligned(labels, scores)
    lengths = np.asarray(lengths, dtype=np.int64)
    if lengths.ndim != 1 or (lengths < 0).any() or lengths.sum() != labels.size:
        raise ValueError(
            f"The lengths of the lists should add up to {labels.size} labels. Received: {lengths}"
        )
    lists = np.repeat(np.arange(lengths.size), lengths)
    is_relevant = labels > 0
    order = np.lexsort((is_relevant, -scores, lists))  # by list, best score first, relevant last among equals
    ranks = np.arange(1, labels.size + 1) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    chosen = is_relevant[order]
    return lists[chosen], ranks[chosen], np.bincount(lists[is_relevant], minlength=lengths.size)


def _aligned(labels: Vector, scores: Vector) -> tuple[np.ndarray, np.ndarray]:
    labels, scores = np.asarray(labels, dtype=np.float64), np.asarray(scores, dtype=np.float64)
    if labels.ndim != 1 or labels.shape != scores.shape:
        raise ValueError(
            f"Labels and scores should be aligned vectors. Received shapes: {labels.shape}, {scores.shape}"
        )
    return labels, scores


def _mean_where_defined(values: np.ndarray) -> float:
    defined = values[~np.isnan(values)]
    return float(defined.mean()) if defined.size else float("nan")
