import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.validation.span_items import HITS, overlap


def sample(seed, rows, items, flatness):
    """Rows by item, drawn from a catalogue whose popularity is `rank ** -flatness`."""
    popularity = np.arange(1, items + 1) ** -flatness
    drawn = np.random.default_rng(seed).choice(items, rows, p=popularity / popularity.sum())
    names, counts = np.unique(drawn, return_counts=True)
    return dict(zip(map(str, names), counts.tolist(), strict=True))


def test_two_items_beside_the_hits_by_hand():
    hits = {f"hit{number}": 100 for number in range(HITS // 2)}
    others = {f"other{number}": 100 for number in range(HITS // 2)}
    # Both sum to 530 rows, so that the hits differ by 100/530 and a and b by 10/530.
    here, there = {"a": 20, "b": 10} | hits, {"a": 10, "b": 20} | others
    assert overlap(here, there) == pytest.approx((20 * 10 + 10 * 20) / (20 * 19 + 10 * 9))


@pytest.mark.parametrize("rows", [1_000, 20_000])
@pytest.mark.parametrize(("items", "flatness"), [(1_000, 0.6), (1_000, 1.0), (100_000, 1.0)])
def test_samples_of_one_distribution_overlap_whatever_their_size(rows, items, flatness):
    measured = overlap(sample(1, rows, items, flatness), sample(2, 5_000, items, flatness))
    assert measured == pytest.approx(1, abs=0.15)


def test_a_third_of_the_rows_on_the_same_items():
    before, same, new = sample(1, 30_000, 500, 0.5), sample(2, 10_000, 500, 0.5), sample(3, 20_000, 500, 0.5)
    mixed = same | {f"new{item}": count for item, count in new.items()}
    # Shares p / 3 on the old items and 2 p / 3 on new ones: (1 / 3) / sqrt(1 / 9 + 4 / 9).
    assert overlap(mixed, before) == pytest.approx(1 / 5**0.5, abs=0.05)


def test_a_hit_of_the_day_is_no_other_catalogue():
    before, now = sample(1, 10_000, 10_000, 0.6), sample(2, 10_000, 10_000, 0.6)
    assert overlap(now | {"hit": 2_000}, before) == pytest.approx(1, abs=0.15)


@pytest.mark.parametrize(
    ("here", "there"),
    [({}, {"a": 500}), (sample(1, 100, 100_000, 0.5), sample(2, 100, 100_000, 0.5)), ({"a": 9}, {"a": 9})],
)
def test_chance_decides_nothing(here, there):
    assert overlap(here, there) is None


counts = st.dictionaries(st.text("abcdefghijk", min_size=1, max_size=3), st.integers(1, 500), max_size=40)


@given(counts, counts)
def test_symmetric_and_zero_for_renamed_items(here, there):
    assert overlap(here, there) == overlap(there, here)
    renamed = {f"new-{item}": count for item, count in there.items()}
    assert overlap(here, renamed) in (0, None)
