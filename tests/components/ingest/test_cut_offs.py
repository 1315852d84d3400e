import itertools

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from components.ingest import SplitSettings
from components.ingest.cut_offs import Histogram, cut_offs

TENTHS = SplitSettings(strategy="temporal")


def test_the_last_tenth_is_test_and_the_one_before_eval():
    assert cut_offs(Histogram.of(np.arange(100, 110)), TENTHS) == (108, 109)


def test_fractions_are_met_exactly_despite_rounding():
    split = SplitSettings(strategy="temporal", eval_fraction=0.1, test_fraction=0.2)
    assert cut_offs(Histogram.of(np.arange(10)), split) == (7, 8)  # .1 + .2 is a little more than .3


def test_ties_are_never_torn():
    # Two of ten at 9: no second holds one alone, so that test begins behind the last.
    assert cut_offs(Histogram.of(np.array([0, 1, 2, 3, 4, 5, 6, 7, 9, 9])), TENTHS) == (9, 10)


def test_chosen_cut_offs_win():
    split = SplitSettings(strategy="temporal", eval_from=3, test_from=4)
    assert cut_offs(Histogram.of(np.arange(10)), split) == (3, 4)


@given(st.lists(st.lists(st.integers(0, 50)), min_size=1))
def test_however_the_times_are_cut(parts):
    merged = Histogram.merge(Histogram.of(np.array(part, np.int64)) for part in parts)
    whole = Histogram.of(np.array(list(itertools.chain(*parts)), np.int64))
    np.testing.assert_array_equal(merged.bins, whole.bins)
    np.testing.assert_array_equal(merged.counts, whole.counts)


def test_many_different_times_are_coarsened_alike():
    times = np.arange(3 << 20)  # three times as many as there are bins: bins of 4 seconds
    whole = Histogram.of(times)
    merged = Histogram.merge([Histogram.of(times[: 2 << 20]), Histogram.of(times[2 << 20 :])])
    assert whole.shift == merged.shift == 2
    np.testing.assert_array_equal(whole.counts, merged.counts)
    assert abs(cut_offs(whole, TENTHS)[1] - 0.9 * (3 << 20)) <= 4


def test_test_begins_no_earlier_than_told_and_eval_is_the_tenth_before():
    times = Histogram.of(np.arange(100, 120))  # by fraction eval begins at 116 and test at 118
    assert cut_offs(times, TENTHS, 118) == cut_offs(times, TENTHS, 3) == cut_offs(times, TENTHS) == (116, 118)
    assert cut_offs(times, TENTHS, 119) == (117, 119)
    assert cut_offs(times, TENTHS, 200) == (118, 200)  # nothing is left for test, which is for others to say


def test_eval_begins_no_later_than_test():
    times = Histogram.of(np.array([0, 0, 0, 1, 3]))
    split = SplitSettings(strategy="temporal", eval_fraction=0.05, test_fraction=0.4)
    assert cut_offs(times, split, 2) == (2, 2)  # one in twenty of five rows is none


def test_chosen_cut_offs_are_not_moved():
    split = SplitSettings(strategy="temporal", eval_from=3, test_from=4)
    assert cut_offs(Histogram.of(np.arange(10)), split, 8) == (3, 4)
