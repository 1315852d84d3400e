"""Which trials go on."""

import pytest

from models.search.halving import goes_on, is_rung


def test_rungs_double():
    assert [epoch for epoch in range(1, 70) if is_rung(epoch, first=8)] == [8, 16, 32, 64]
    assert [epoch for epoch in range(1, 70) if is_rung(epoch, first=16)] == [16, 32, 64]


def test_the_first_trial_goes_on():
    assert goes_on([0.1] * 8, rivals=[], best=0.1, epochs=50)


@pytest.mark.parametrize(("rivals", "expected"), [([0.5, 0.4], True), ([0.6, 0.4], False)])
def test_one_in_three_goes_on_without_promise(rivals, expected):
    """Of three trials at a rung the first one; 0.5 itself is level with the best rival at 0.5."""
    assert goes_on([0.5] * 8, rivals, best=0.9, epochs=50) is expected


def test_two_of_four_go_on():
    """A third of four, rounded up."""
    assert goes_on([0.5] * 8, rivals=[0.6, 0.4, 0.4], best=0.9, epochs=50)
    assert not goes_on([0.5] * 8, rivals=[0.6, 0.6, 0.4], best=0.9, epochs=50)


@pytest.mark.parametrize(("best", "expected"), [(0.59, True), (0.61, False)])
def test_promise_is_the_last_doublings_gain_again_and_again(best, expected):
    """.3 after four epochs and .4 after eight: with two doublings left until 32 it may come to .6."""
    curve = [0.1, 0.2, 0.3, 0.25, 0.3, 0.35, 0.4, 0.38]
    assert goes_on(curve, rivals=[0.5, 0.5, 0.5, best], best=best, epochs=32) is expected


def test_the_best_so_far_counts_not_the_last_epoch():
    """.6 in the first epoch and nothing since: no gain, and .6 does not reach .61."""
    curve = [0.6, *[0.5] * 7]
    assert not goes_on(curve, rivals=[0.7, 0.7, 0.7], best=0.61, epochs=64)
    assert goes_on(curve, rivals=[0.7, 0.7, 0.7], best=0.6, epochs=64)


def test_no_doubling_is_left_behind_the_last_epoch():
    assert not goes_on([0.0] * 15 + [0.5], rivals=[0.6, 0.6, 0.6], best=0.6, epochs=16)


def test_a_slow_starter_lives():
    """RMSE, negative, of i-autorec on MovieLens 100k: .992 at epoch 8 beside presets at .93."""
    curve = [-1.109, -1.080, -1.055, -1.044, -1.033, -1.020, -1.005, -0.992]
    assert goes_on(curve, rivals=[-0.934, -0.938, -0.933, -0.944, -0.909], best=-0.898, epochs=50)
