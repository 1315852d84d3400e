"""The numpy metrics against hand-computed values and a naive pure-Python reference."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models import metrics

LISTS = st.lists(
    st.lists(
        st.tuples(
            st.sampled_from([0.0, 0.0, 0.0, 1.0, 3.5]), st.sampled_from([-1.0, 0.0, 0.25, 0.5, math.nan])
        ),
        max_size=12,
    ),
    max_size=8,
)


def naive_relevant_ranks(labels, scores):
    """Rank of each relevant item: one more than the items placed above it, counted pair by pair."""
    scores = [-math.inf if math.isnan(score) else score for score in scores]
    ranks, equal_relevant_seen = [], {}
    for label, score in zip(labels, scores, strict=True):
        if label <= 0:
            continue
        above = sum(
            other > score or (other == score and other_label <= 0)
            for other_label, other in zip(labels, scores, strict=True)
        )
        equal_relevant_seen[score] = equal_relevant_seen.get(score, 0) + 1
        ranks.append(above + equal_relevant_seen[score])
    return ranks


def naive_hit_rate(labels, scores, k):
    ranks = naive_relevant_ranks(labels, scores)
    return float(any(rank <= k for rank in ranks)) if ranks else None


def naive_ndcg(labels, scores, k):
    ranks = naive_relevant_ranks(labels, scores)
    if not ranks:
        return None
    best = sum(1 / math.log2(1 + rank) for rank in range(1, min(k, len(ranks)) + 1))
    return sum(1 / math.log2(1 + rank) for rank in ranks if rank <= k) / best


def naive_mean(metric, lists, k):
    values = [metric([label for label, _ in pairs], [score for _, score in pairs], k) for pairs in lists]
    defined = [value for value in values if value is not None]
    return sum(defined) / len(defined) if defined else math.nan


def flat(lists):
    pairs = [pair for one in lists for pair in one]
    return [label for label, _ in pairs], [score for _, score in pairs], [len(one) for one in lists]


@given(LISTS, st.integers(1, 14))
def test_means_agree_with_naive_reference(lists, k):
    labels, scores, lengths = flat(lists)
    hits, gains = (
        metrics.mean_hit_rate(labels, scores, lengths, k),
        metrics.mean_ndcg(labels, scores, lengths, k),
    )
    assert hits == pytest.approx(naive_mean(naive_hit_rate, lists, k), nan_ok=True, abs=1e-12)
    assert gains == pytest.approx(naive_mean(naive_ndcg, lists, k), nan_ok=True, abs=1e-12)


@given(st.lists(st.tuples(st.floats(-5, 5), st.floats(-5, 5)), min_size=1, max_size=20))
def test_rmse_agrees_with_naive_reference(pairs):
    expected = math.sqrt(sum((label - prediction) ** 2 for label, prediction in pairs) / len(pairs))
    labels, predictions = zip(*pairs, strict=True)
    assert metrics.rmse(labels, predictions) == pytest.approx(expected, abs=1e-12)


def test_one_relevant_item_at_rank_three():
    labels, scores = [0, 1, 0, 0], [0.9, 0.4, 0.5, 0.1]
    assert metrics.hit_rate(labels, scores, 2) == 0
    assert metrics.hit_rate(labels, scores, 3) == 1
    assert metrics.ndcg(labels, scores, 3) == pytest.approx(0.5)  # 1 / log2(4)


def test_several_relevant_items():
    labels, scores = [1, 0, 1], [0.9, 0.5, 0.1]  # ranks 1 and 3
    expected = (1 + 1 / 2) / (1 + 1 / math.log2(3))
    assert metrics.ndcg(labels, scores, 10) == pytest.approx(expected)
    assert metrics.ndcg(labels, scores, 1) == 1


def test_ties_are_pessimistic():
    labels, scores = [1, 0, 0], [0.5, 0.5, 0.5]
    assert metrics.hit_rate(labels, scores, 2) == 0
    assert metrics.ndcg(labels, scores, 3) == pytest.approx(1 / 2)


def test_score_that_is_not_a_number_ranks_last():
    assert metrics.hit_rate([1, 0], [math.nan, -math.inf], 1) == 0
    assert metrics.ndcg([1, 0], [math.nan, math.nan], 2) == pytest.approx(1 / math.log2(3))
    assert math.isnan(metrics.rmse([1, 2], [1, math.nan]))


def test_lists_without_relevant_item_are_left_out():
    labels, scores, lengths = [1, 0, 0, 1], [0.9, 0.1, 0.3, 0.2], [2, 0, 1, 1, 0]
    assert metrics.hit_rates(labels, scores, lengths, 1).tolist() == pytest.approx(
        [1, math.nan, math.nan, 1, math.nan], nan_ok=True
    )
    assert metrics.mean_hit_rate(labels, scores, lengths, 1) == 1
    assert math.isnan(metrics.mean_ndcg([0], [1], [1], 1))
    assert math.isnan(metrics.mean_ndcg([], [], [], 1))
    assert math.isnan(metrics.rmse([], []))


def test_rmse_by_hand():
    assert metrics.rmse([1, 2, 3], [1, 4, 1]) == pytest.approx(math.sqrt(8 / 3))


def test_unsigned_and_narrow_scores_rank_like_any_other():
    assert metrics.hit_rate(np.array([0, 1], np.uint8), np.array([1, 2], np.uint8), 1) == 1


@pytest.mark.parametrize(
    ("labels", "scores", "lengths", "k", "message"),
    [
        ([1], [1, 2], [1], 1, "aligned"),
        ([1, 0], [1, 2], [1], 1, "add up to 2"),
        ([1], [1], [2, -1], 1, "add up to 1"),
        ([1], [1], [1], 0, "at least 1"),
    ],
)
def test_input_that_does_not_fit(labels, scores, lengths, k, message):
    with pytest.raises(ValueError, match=message):
        metrics.mean_hit_rate(labels, scores, lengths, k)
