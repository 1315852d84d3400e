"""The bootstrap over users, against values known in advance, the normal approximation and chance."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from components.evaluation.bootstrap import significant_loss

Z_99 = 2.3263
"""99 of 100 normal deviates lie below it."""


def less(champion, challenger):
    return champion - challenger


def root_more(champion, challenger):
    return np.sqrt(challenger) - np.sqrt(champion)


def users(champion, challenger, counts=1.0):
    return np.stack(np.broadcast_arrays(champion, challenger, counts), axis=1).astype(float)


def test_the_same_loss_of_every_user_is_certain():
    assert significant_loss(users(np.full(30, 0.75), 0.25), 0.99, less) == pytest.approx(0.5)
    assert significant_loss(users(np.full(29, 0.75), 0.25), 0.99, less) == 0  # too few to tell


def test_errors_are_weighed_by_their_number():
    """Every user with n values has squared errors of 4 n and 9 n: RMSE 2 and 3, whoever is drawn."""
    counts = np.arange(1, 41)
    assert significant_loss(users(4 * counts, 9 * counts, counts), 0.99, root_more) == pytest.approx(1)


@pytest.mark.parametrize("challenger", [0.5, 0.75], ids=["as good", "better"])
def test_no_loss(challenger):
    assert significant_loss(users(np.full(50, 0.5), challenger), 0.99, less) == 0


@pytest.mark.parametrize(
    ("champion", "challenger", "loss"), [(0.5, np.nan, np.nan), (np.nan, 0.5, 0), (np.inf, 0.5, 0)]
)
def test_not_a_number(champion, challenger, loss):
    values = users(np.full(50, 0.5), 0.5)
    values[7, :2] = champion, challenger
    assert significant_loss(values, 0.99, less) == pytest.approx(loss, nan_ok=True)


@pytest.mark.parametrize("count", [2_000, 50_000], ids=["users", "groups of users"])
def test_normal_approximation(count):
    """Differences around 0.3 with a deviation of 1: the mean is 0.3 - z / sqrt(n) at least."""
    differences = np.random.default_rng(1).normal(size=count)
    differences = 0.3 + (differences - differences.mean()) / differences.std()
    expected = 0.3 - Z_99 / np.sqrt(count)
    tolerance = 0.06 * Z_99 / np.sqrt(count)  # the quantile of 5,000 samples is off by 2.5 % or so
    assert significant_loss(users(differences, 0.0), 0.99, less) == pytest.approx(expected, abs=tolerance)


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(30, 200))
def test_order_does_not_matter(seed, count):
    random = np.random.default_rng(seed)
    values = users(random.integers(0, 4, count), random.integers(0, 3, count))
    assert significant_loss(random.permutation(values), 0.9, less) == significant_loss(values, 0.9, less)


def test_equal_models_are_refused_as_often_as_promised():
    """300 pairs of models, each as good as the other: with a confidence of 0.9 about 30 losses."""
    random = np.random.default_rng(2)
    losses = [significant_loss(users(random.random(100), random.random(100)), 0.9, less) for _ in range(300)]
    assert 15 <= np.count_nonzero(losses) <= 47  # three standard deviations
