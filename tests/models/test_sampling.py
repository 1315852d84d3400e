import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from models.interactions import Interactions
from models.presets import CFNET, I_AUTOREC, MF, U_AUTOREC
from models.sampling import PairSampler
from models.slots import Loss


def sampler_of(interactions, structure=MF, explicit=False, batch_size=100, seed=1, **loss):
    structure = dataclasses.replace(structure, loss=Loss(**{"kind": "mse", **loss}))
    return PairSampler(interactions, structure, explicit, batch_size, seed)


def epoch(sampler):
    """All batches of an epoch, one after another."""
    batches = list(sampler.epoch())
    return {name: np.concatenate([batch[name] for batch in batches]) for name in batches[0]}


def matrix_of(rows):
    return Interactions(sparse.csr_matrix(np.float32(rows)))


matrices = st.tuples(st.integers(1, 8), st.integers(1, 8)).flatmap(
    lambda shape: st.lists(
        st.lists(st.integers(0, 1), min_size=shape[1], max_size=shape[1]),
        min_size=shape[0],
        max_size=shape[0],
    )
)


@settings(max_examples=150, deadline=None)
@given(
    rows=matrices.filter(lambda rows: np.any(rows)),
    structure=st.sampled_from([MF, U_AUTOREC, I_AUTOREC]),
    negatives=st.integers(1, 5),
    batch_size=st.integers(1, 20),
    sampling=st.sampled_from(["uniform", "popularity"]),
)
def test_every_interaction_comes_once_and_negatives_are_unknown(
    rows, structure, negatives, batch_size, sampling
):
    known = np.array(rows, bool)
    sampler = sampler_of(
        matrix_of(rows),
        structure,
        batch_size=batch_size,
        negatives_per_positive=negatives,
        negative_sampling=sampling,
    )
    batches = list(sampler.epoch())
    size = max(1, batch_size // (1 + negatives))
    assert sampler.steps == len(batches) == -(-known.sum() // size)
    pairs = []
    for number, batch in enumerate(batches):
        count = len(batch["user_index"])
        assert count == size or (number == len(batches) - 1 and 0 < count < size)
        assert {name: values.shape for name, values in batch.items()} == {
            "user_index": (count,),
            "item_index": (count,),
            "value": (count,),
            "negatives": (count, negatives),
            "seed": (count,),
        }
        assert batch["value"].dtype == np.float32
        assert all(batch[name].dtype == np.int64 for name in batch.keys() - {"value"})
        assert len(np.unique(batch["seed"])) == 1
        pairs += zip(batch["user_index"], batch["item_index"], strict=True)

        drawable = known.any(axis=0) if sampling == "popularity" else np.ones(known.shape[1], bool)
        has_everything = known[:, drawable].all(axis=1)
        users = np.repeat(batch["user_index"], negatives)
        items = batch["negatives"].ravel()
        assert drawable[items].all()
        assert not (known[users, items] & ~has_everything[users]).any()
    assert sorted(pairs) == sorted(map(tuple, np.argwhere(known)))


@pytest.mark.parametrize(("explicit", "kind"), [(True, "mse"), (True, "bce"), (False, "softmax")])
def test_values_come_raw_and_without_negatives_of_their_own(interactions, explicit, kind):
    structure = MF if kind != "bce" else U_AUTOREC
    pairs = epoch(sampler_of(interactions, structure, explicit, batch_size=2, kind=kind))
    cells = zip(pairs["user_index"], pairs["item_index"], strict=True)
    assert dict(zip(cells, pairs["value"], strict=True)) == {
        (0, 0): 5,
        (0, 1): 3,
        (1, 1): 1,
        (1, 2): 4,
        (2, 0): 2,
    }
    assert pairs["negatives"].shape == (5, 0)
    assert sampler_of(interactions, structure, explicit, batch_size=2, kind=kind).steps == 3


@pytest.mark.parametrize(
    ("structure", "side"), [(U_AUTOREC, "user_index"), (I_AUTOREC, "item_index"), (CFNET, "user_index")]
)
def test_pairs_of_an_encoded_vector_stand_together_in_another_order_each_epoch(structure, side):
    interactions = matrix_of(np.random.default_rng(1).random([15, 15]) < 0.4)
    sampler = sampler_of(interactions, structure, batch_size=20)
    orders = []
    for _ in range(2):
        anchors = epoch(sampler)[side]
        firsts = anchors[np.flatnonzero(np.diff(anchors, prepend=-1))]
        assert len(firsts) == len(np.unique(anchors))
        orders.append(firsts.tolist())
    assert orders[0] != orders[1] != sorted(orders[1])


# Items 0 … 5 are touched 1, 2, 3, 4, 6 and 0 times; user 0, for whom is drawn, knows item 4.
TOUCHES = [1, 2, 3, 4, 6, 0]
POPULAR = [[0, 0, 0, 0, 1, 0]] + [[user < touches for touches in TOUCHES] for user in range(5)]


@pytest.mark.parametrize(
    ("sampling", "expected"),
    [
        ("uniform", [1 / 5, 1 / 5, 1 / 5, 1 / 5, 0, 1 / 5]),
        ("popularity", [1 / 10, 2 / 10, 3 / 10, 4 / 10, 0, 0]),
    ],
)
def test_negatives_follow_their_chances_among_unknown_items(sampling, expected):
    interactions = matrix_of(POPULAR)
    assert np.diff(interactions.matrix.tocsc().indptr).tolist() == TOUCHES
    drawn = sampler_of(interactions, negative_sampling=sampling).sample_negatives(np.zeros(50_000, np.int64))
    # a fraction of 50,000 draws has a standard deviation of at most .0022
    np.testing.assert_allclose(np.bincount(drawn, minlength=6) / 50_000, expected, atol=0.01)


def test_the_seed_decides_and_epochs_differ(interactions):
    def draw(seed, epochs=1):
        sampler = sampler_of(interactions, seed=seed)
        return [epoch(sampler) for _ in range(epochs)][-1]

    first, again, other, second = draw(1), draw(1), draw(2), draw(1, epochs=2)
    for name, values in first.items():
        np.testing.assert_array_equal(values, again[name])
    assert (first["seed"] != other["seed"]).all()
    assert (first["seed"] != second["seed"]).all()
    assert (first["negatives"] != other["negatives"]).any()
    assert (first["negatives"] != second["negatives"]).any()


def test_a_user_who_lacks_one_rare_item_gets_it():
    """Drawing by popularity meets the item once in 4,000 times: it is looked up in the end."""
    known = np.zeros([80, 50], np.float32)
    known[:, :49] = 1
    known[0, 49] = 1
    interactions = Interactions(sparse.csr_matrix(known))
    sampler = sampler_of(interactions, negative_sampling="popularity")
    assert sampler.sample_negatives(np.full(200, 7)).tolist() == [49] * 200
