"""Masking is training on vectors that never had the pair's own cell, all else being equal."""

import itertools

import numpy as np
import pytest
import tensorflow as tf
from scipy import sparse

from models.choices import Activation, Fusion, Input, LossKind, Normalization, PredictionKind
from models.interactions import Interactions
from models.recommender import Recommender
from models.scale import ValueScale
from models.slots import Branch, Loss, Prediction, Tower
from models.structure import Structure
from tests.models.conftest import assert_alike, batch_of, gradients_of, shake

SEED = 4
NEGATIVES = [[2, 3], [3, 2], [0, 3], [3, 0], [1, 3]]
"""Two unknown items for each known cell of `interactions`."""


def make_structure(kind, masking, normalization, rate, hidden_sizes):
    choices = {
        "hidden_sizes": hidden_sizes,
        "activation": Activation.TANH,
        "normalization": normalization,
        "interaction_dropout": rate,
    }
    user = Tower(Input.INTERACTIONS, embedding_size=4, **choices)
    item = Tower(Input.BOTH, embedding_size=2, **choices)
    return Structure(
        (Branch(user, item, Fusion.PRODUCT),), Prediction(PredictionKind.NON_LINEAR), Loss(kind), masking
    )


def without(interactions, user, item):
    """The same interactions but one."""
    users, items, values = interactions.pairs()
    others = (users != user) | (items != item)
    cells = (values[others], (users[others], items[others]))
    return Interactions(sparse.csr_matrix(cells, shape=interactions.matrix.shape))


def training_logit(model, user, item):
    """The logit of a single pair while interactions are dropped, float []."""
    seed = tf.constant(SEED, tf.int64)
    sides = []
    for side, index in ((model.user_side, user), (model.item_side, item)):
        index = tf.constant([index], tf.int64)
        sides.append(side(index, side.begin(index, seed=seed), training=True))
    return model.logits(*sides)[0]


def flat(arrays):
    """All numbers one after another."""
    return np.concatenate([np.ravel(array) for array in arrays])


def loss_of_pair(kind, label, positive, negatives, unknown):
    """The loss of one positive: its label and logit, those of its negatives and of all unknown items."""
    if kind is LossKind.MSE:
        return tf.square(label - tf.sigmoid(positive))
    if kind is LossKind.BCE:
        terms = [-tf.math.log(tf.sigmoid(positive)), *[-tf.math.log(1 - tf.sigmoid(n)) for n in negatives]]
        return tf.add_n(terms) / len(terms)
    if kind is LossKind.BPR:
        return tf.add_n([-tf.math.log(tf.sigmoid(positive - n)) for n in negatives]) / len(negatives)
    return -tf.math.log(tf.exp(positive) / tf.add_n([tf.exp(logit) for logit in (positive, *unknown)]))


EXPLICIT = itertools.product([LossKind.MSE], Normalization, [0.0, 0.5], [(), (3,)])
IMPLICIT = itertools.product([LossKind.BCE], Normalization, [0.0, 0.5], [(3,)])
RANKING = itertools.product([LossKind.BPR, LossKind.SOFTMAX], [Normalization.DEGREE], [0.5], [()])


@pytest.mark.parametrize(("kind", "normalization", "rate", "hidden_sizes"), [*EXPLICIT, *IMPLICIT, *RANKING])
def test_masking_is_a_vector_without_the_cell(interactions, kind, normalization, rate, hidden_sizes):
    explicit = kind is LossKind.MSE
    scale = ValueScale.of_ratings(interactions.matrix.data) if explicit else ValueScale()
    if not explicit:
        interactions = interactions.binarized()

    def make(matrix, masking):
        structure = make_structure(kind, masking, normalization, rate, hidden_sizes)
        return shake(Recommender(structure, matrix, scale, biased=explicit))

    batch = batch_of(interactions, None if explicit else NEGATIVES, SEED)
    loss, gradients = gradients_of(make(interactions, masking=True), batch)
    whole = make(interactions, masking=False)
    assert loss != pytest.approx(whole.compute_loss(batch, training=True).numpy(), rel=1e-3)

    unknown = np.argwhere(interactions.matrix.toarray() == 0)
    reduced = []
    with tf.GradientTape() as tape:
        losses = []
        for user, item, value, negatives in zip(*interactions.pairs(), NEGATIVES, strict=True):
            reduced.append(make(without(interactions, user, item), masking=False))
            positive = training_logit(reduced[-1], user, item)
            own = [training_logit(whole, user, negative) for negative in negatives]
            others = [training_logit(whole, user, other) for who, other in unknown if who == user]
            losses.append(loss_of_pair(kind, scale.to_unit(value), positive, own, others))
        expected = tf.add_n(losses) / len(losses)
    assert loss == pytest.approx(expected.numpy(), rel=1e-5)
    of_models = tape.gradient(
        expected,
        [model.trainable_variables for model in (whole, *reduced)],
        unconnected_gradients=tf.UnconnectedGradients.ZERO,
    )
    summed = [
        tf.add_n([tf.convert_to_tensor(part) for part in parts]) for parts in zip(*of_models, strict=True)
    ]
    # All at once: some gradients are nothing but rounding, such as that of the bias of bpr.
    assert_alike(flat(gradients), flat(summed))


def test_the_seed_drops_some_interactions_and_keeps_some(interactions):
    structure = make_structure(LossKind.BCE, True, Normalization.NONE, 0.5, ())
    model = Recommender(structure, interactions, ValueScale(), biased=False)
    users, items, _ = interactions.pairs()
    coins = model.user_vectors.toss(tf.constant(users), tf.constant(items), tf.constant(SEED, tf.int64))
    assert sorted(set((coins.numpy() < 0.5).tolist())) == [False, True]
