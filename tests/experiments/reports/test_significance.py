"""The comparison of two models, user by user."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from pipeline.experiments.reports.significance import RESAMPLES, compare


def test_wilcoxon_by_hand() -> None:
    # Without the user that has no difference: ranks 2, 2, -2 and 4, whose positive ones add up to 8.
    # By chance they would add up to 10 / 2, with the variance (4 + 4 + 4 + 16) / 4.
    reference = np.array([0.3, 0.4, 0.5, 0.3, 0.7])
    other = np.array([0.2, 0.3, 0.6, 0.1, 0.7])
    comparison = compare(reference, other, seed=0)
    assert comparison.p_value == pytest.approx(math.erfc((8 - 5) / math.sqrt(7) / math.sqrt(2)))
    assert comparison.difference == pytest.approx(0.06)
    assert -0.1 <= comparison.low < 0.06 < comparison.high <= 0.2


def test_interval_agrees_with_that_of_scipy() -> None:
    random = np.random.default_rng(3)
    reference, other = random.random(400), random.random(400)
    interval = stats.bootstrap(
        (reference - other,), np.mean, n_resamples=RESAMPLES, method="percentile", batch=1000
    ).confidence_interval
    comparison = compare(reference, other, seed=0)
    assert comparison.low == pytest.approx(interval.low, abs=0.002)
    assert comparison.high == pytest.approx(interval.high, abs=0.002)


def test_interval_of_two_users_by_hand() -> None:
    # Differences 0 and 1: the mean of two draws is 0 or 1 with probability 1/4 each, more than the tails.
    comparison = compare(np.array([0.0, 1.0]), np.zeros(2), seed=0)
    assert comparison[:3] == (0.5, 0.0, 1.0)


def test_equal_models_do_not_differ() -> None:
    values = np.linspace(0, 1, 30)
    assert compare(values, values.copy(), seed=0) == (0.0, 0.0, 0.0, 1.0)


def test_users_without_a_value_are_left_out() -> None:
    reference, other = np.array([1.0, np.nan, 0.5, 1.0]), np.array([0.5, 1.0, np.nan, 1.0])
    assert compare(reference, other, seed=0).difference == pytest.approx(0.25)


@pytest.mark.parametrize(
    ("reference", "other", "message"),
    [
        (np.zeros(3), np.zeros(2), r"\(3,\), \(2,\)"),
        (np.zeros((2, 2)), np.zeros((2, 2)), "aligned vectors"),
        (np.zeros(0), np.zeros(0), "none"),
        (np.array([np.nan, 1.0]), np.array([1.0, np.nan]), "none"),
    ],
)
def test_what_cannot_be_compared_is_refused(reference: np.ndarray, other: np.ndarray, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        compare(reference, other, seed=0)


@settings(max_examples=20, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 10), st.integers(0, 10)), min_size=2, max_size=40), st.integers(0, 9)
)
def test_the_other_way_round_the_signs_change(pairs: list[tuple[int, int]], seed: int) -> None:
    reference, other = np.array(pairs, float).T / 10
    there, back = compare(reference, other, seed), compare(other, reference, seed)
    assert (there.difference, there.low, there.high) == pytest.approx(
        (-back.difference, -back.high, -back.low), abs=1e-9
    )
    assert there.p_value == pytest.approx(back.p_value)
    assert 0 <= there.p_value <= 1
    assert there == compare(reference, other, seed)
