import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.validation.span_items import overlap


def sample(seed, rows, items, flatness):
    """Rows by item, drawn from a catalogue whose popularity is `rank ** -flatness`."""
    popularity = np.arange(1, items + 1) ** -flatness
    drawn = np.random.default_rng(seed).choice(items, rows, p=popularity / popularity.sum())
    names, counts = np.unique(drawn, return_counts=True)
    return dict(zip(map(str, names), counts.tolist(), strict=True))


def by_hand(x, y):
    """Morisita's index of rows per item."""
    within = [sum(n * (n - 1) for n in each) / (sum(each) * (sum(each) - 1)) for each in (x, y)]
    between = sum(a * b for a, b in zip(x, y, strict=True)) / (sum(x) * sum(y))
    return 2 * between / sum(within)


def test_few_items_are_all_compared():
    here, there = {"a": 60, "b": 40}, {"a": 50, "b": 150}
    # Within: (60 * 59 + 40 * 39) / (100 * 99) and (50 * 49 + 150 * 149) / (200 * 199); between: 9000 / 20000.
    assert overlap(here, there) == pytest.approx(2 * 0.45 / (5100 / 9900 + 24800 / 39800))


def test_one_hit_is_left_out_of_ten_items_and_none_of_nine():
    shares = [0] + [100 + number for number in range(10)]
    names = [f"item{number}" for number in range(11)]
    here = dict(zip(names, [500, *shares[1:]], strict=True))
    there = dict(zip(names[1:], shares[1:], strict=True))
    assert overlap(here, there) == pytest.approx(by_hand(shares[1:], shares[1:]))
    del here["item10"], there["item10"]
    assert overlap(here, there) == pytest.approx(by_hand([500, *shares[1:-1]], shares[:-1]))


def test_what_most_rows_are_about_is_no_hit():
    before = sample(1, 5_000, 500, 0.5)
    assert overlap(sample(2, 5_000, 500, 0.5) | {"hit": 4_900}, before) > 0.9
    assert overlap(sample(2, 5_000, 500, 0.5) | {"hit": 5_100}, before) < 0.1


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


FEW_USERS, MANY_USERS = 20, 2_000
LIMIT = 0.6
"""That of schemas/spans.pbtxt."""


@pytest.mark.parametrize("users", [FEW_USERS, MANY_USERS])
@pytest.mark.parametrize(
    "collapsed",
    [
        lambda users: {"null": users},
        lambda users: dict.fromkeys("abc", users),
        lambda users: dict.fromkeys(["0", "1", "2"], users),  # the items that everybody takes
        lambda users: {f"category {number}": users for number in range(10)},
        lambda users: {f"category {number}": users for number in range(40)},
    ],
    ids=["null", "three", "top three", "10 categories", "40 categories"],
)
def test_a_catalogue_that_collapsed_is_judged(collapsed, users):
    for flatness in (0.6, 1.0):
        before = sample(1, 5_000, 3_000, flatness)
        assert overlap(collapsed(users), before) < LIMIT
        assert overlap(before, collapsed(users)) < LIMIT


def test_a_small_catalogue_is_judged():
    before, now = sample(1, 1_000, 5, 0.6), sample(2, 1_000, 5, 0.6)
    assert overlap(now, before) == pytest.approx(1, abs=0.1)
    assert overlap({f"new {item}": count for item, count in now.items()}, before) == 0


@pytest.mark.parametrize(
    ("here", "there"),
    [
        ({}, {}),
        ({}, {"a": 5}),
        ({"a": 9}, {"a": 9}),
        ({"b": 1}, {"a": 500}),
        (sample(1, 100, 100_000, 0.5), sample(2, 100, 100_000, 0.5)),
        # A hit, and rows that tell nothing.
        ({f"{number}": 1 for number in range(1_000)} | {"hit": 300}, {f"x{n}": 1 for n in range(1_000)}),
    ],
)
def test_chance_decides_nothing(here, there):
    assert overlap(here, there) is None
    assert overlap(there, here) is None


def test_no_rows_at_all_are_other_items():
    assert overlap({}, {"a": 500}) == overlap({"a": 500}, {}) == 0


counts = st.dictionaries(st.text("abcdefghijk", min_size=1, max_size=3), st.integers(1, 500), max_size=40)


@given(counts, counts)
def test_symmetric_and_zero_for_renamed_items(here, there):
    assert overlap(here, there) == overlap(there, here)
    renamed = {f"new-{item}": count for item, count in there.items()}
    assert overlap(here, renamed) in (0, None)
