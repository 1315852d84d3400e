import itertools

import numpy as np
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from components.ingest.hashing import hash_ids
from components.ingest.negatives import sample

TOUCHED = st.dictionaries(st.integers(0, 5), st.sets(st.integers(0, 29), max_size=30), min_size=1)


def hashes(users):
    return hash_ids(pa.array([f"user {user}" for user in range(users)]).cast(pa.binary()))


def draw(touched, items, negatives, seed=1, users=None, of=6):
    """{user: negatives} for users who touched {user: items}."""
    wanted = np.array(sorted(touched) if users is None else users, np.int64)
    pairs = np.array(sorted(user * items + item for user, own in touched.items() for item in own), np.int64)
    user, item = sample(hashes(of), wanted, pairs, items, negatives, seed)
    assert (np.diff(user) >= 0).all()
    return {each: item[user == each].tolist() for each in wanted.tolist()}


@settings(deadline=None)
@given(TOUCHED, st.integers(1, 40), st.integers(0, 9))
def test_distinct_untouched_and_as_many_as_there_are(touched, negatives, seed):
    for user, drawn in draw(touched, 30, negatives, seed).items():
        assert len(set(drawn)) == len(drawn) == min(negatives, 30 - len(touched[user]))
        assert not set(drawn) & touched[user]


@settings(deadline=None)
@given(TOUCHED, st.sampled_from([30, 400]), st.integers(1, 8))
def test_a_user_gets_the_same_alone_and_among_others(touched, items, negatives):
    together = draw(touched, items, negatives)
    for user in touched:
        assert draw(touched, items, negatives, users=[user]) == {user: together[user]}


def test_seeds_and_users_differ():
    touched = {user: set() for user in range(6)}
    first = draw(touched, 10_000, 99)
    assert draw(touched, 10_000, 99) == first
    assert draw(touched, 10_000, 99, seed=2) != first
    assert len({tuple(drawn) for drawn in first.values()}) == 6


def test_users_who_throw_many_draws_away_get_enough():
    # 950 of 2,000 items touched by one user of two: nearly half of the draws are no use to that one.
    drawn = draw({0: set(range(950)), 1: set()}, 2000, 99, of=2)
    assert [len(each) for each in drawn.values()] == [99, 99]
    assert min(drawn[0]) >= 950


def test_every_item_is_drawn_as_often():
    # 2,000 users draw 10 of 100 items: 200 times each, standard deviation sqrt(2000 * .1 * .9) = 13.4.
    touched = {user: set() for user in range(2000)}
    counts = np.bincount(list(itertools.chain(*draw(touched, 100, 10, of=2000).values())), minlength=100)
    assert abs(counts - 200).max() < 5 * 13.4


def test_few_items_are_drawn_evenly_too():
    # 20 items, of which 10 are left: listed instead of drawn; 500 times each, standard deviation 19.4.
    touched = {user: set(range(10)) for user in range(1000)}
    counts = np.bincount(list(itertools.chain(*draw(touched, 20, 5, of=1000).values())), minlength=20)
    assert counts[:10].sum() == 0
    assert abs(counts[10:] - 500).max() < 5 * 19.4


def test_nobody_to_draw_for():
    assert draw({0: {1}}, 10, 5, users=[]) == {}
