import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from models.interactions import Interactions
from models.presets import I_AUTOREC, MF, U_AUTOREC
from models.sampling import PairSampler
from models.scale import ValueScale


def epoch(sampler):
    batches = list(sampler.epoch())
    return {name: np.concatenate([batch[name] for batch in batches]) for name in batches[0]}, batches


matrices = st.tuples(st.integers(1, 8), st.integers(1, 8)).flatmap(
    lambda shape: st.lists(
        st.lists(st.booleans(), min_size=shape[1], max_size=shape[1]), min_size=shape[0], max_size=shape[0]
    )
)


@settings(max_examples=60, deadline=None)
@given(matrices, st.integers(1, 5), st.integers(1, 7))
def test_every_positive_once_and_negatives_are_unknown(rows, negatives, batch_size):
    known = np.array(rows)
    if not known.any():
        return
    interactions = Interactions(sparse.csr_matrix(known.astype(np.float32)))
    sampler = PairSampler(interactions, MF, ValueScale(), negatives, batch_size, seed=1)
    pairs, batches = epoch(sampler)

    positive = pairs["label"] == 1
    drawn = sorted(zip(pairs["user_index"][positive], pairs["item_index"][positive], strict=True))
    assert drawn == sorted(map(tuple, np.argwhere(known)))
    users, items = pairs["user_index"][~positive], pairs["item_index"][~positive]
    assert len(users) == negatives * known.sum()
    everything = known.all(axis=1)
    assert not (known[users, items] & ~everything[users]).any()
    assert len(batches) == -(-len(pairs["label"]) // batch_size)
    assert all(len(batch["label"]) <= batch_size for batch in batches)


def test_explicit_labels_are_the_values_between_zero_and_one(interactions):
    scale = ValueScale.of_ratings(interactions.matrix.data)
    pairs, _ = epoch(PairSampler(interactions, MF, scale, 0, batch_size=10, seed=1))
    found = dict(zip(zip(pairs["user_index"], pairs["item_index"], strict=True), pairs["label"], strict=True))
    assert found == {(0, 0): 1.0, (0, 1): 0.5, (1, 1): 0.0, (1, 2): 0.75, (2, 0): 0.25}


@pytest.mark.parametrize(("structure", "side"), [(U_AUTOREC, "user_index"), (I_AUTOREC, "item_index")])
def test_pairs_of_an_encoded_vector_stand_together(interactions, structure, side):
    pairs, _ = epoch(PairSampler(interactions, structure, ValueScale(), 4, batch_size=100, seed=1))
    changes = np.flatnonzero(np.diff(pairs[side])) + 1
    assert len(changes) + 1 == len(np.unique(pairs[side]))


def test_the_seed_decides(interactions):
    def draw(seed):
        pairs, _ = epoch(PairSampler(interactions, MF, ValueScale(), 3, batch_size=100, seed=seed))
        return pairs["item_index"]

    np.testing.assert_array_equal(draw(1), draw(1))
    assert (draw(1) != draw(2)).any()
