"""CFNet on dense rows, against numpy and against preset cfnet."""

import dataclasses

import numpy as np
import pytest
import tensorflow as tf
import tf_keras
from scipy import sparse

from benchmarks.dense_cfnet import NEGATIVES_PER_POSITIVE, DenseCFNet
from models.holdout import Holdout
from models.interactions import Interactions
from models.metrics import mean_hit_rate, mean_ndcg
from models.preparation import make_recommender
from models.presets import PRESETS
from tests.models.conftest import assert_alike, batch_of, gradients_of, shake, with_towers

# Three users, four items; nobody knows item 3.
KNOWN = np.float32([[1, 1, 0, 0], [0, 1, 1, 0], [1, 0, 0, 0]])
NEGATIVES = [[2, 3, 3, 2], [3, 2, 3, 3], [0, 3, 0, 0], [3, 0, 3, 3], [1, 2, 3, 1]]


@pytest.fixture
def interactions() -> Interactions:
    return Interactions(sparse.csr_matrix(KNOWN))


def dense_cfnet(interactions: Interactions, **activations: str) -> DenseCFNet:
    """With biases that are not 0."""
    dense = DenseCFNet(interactions, tf_keras.optimizers.Adam(), **activations)
    for number, variable in enumerate(dense.model.trainable_variables):
        variable.assign_add(tf.random.stateless_normal(variable.shape, seed=[number, 2]) / 20)
    return dense


def layers_by_shape(variables: list[tf.Variable]) -> dict[tuple[int, ...], tuple[tf.Variable, tf.Variable]]:
    """(kernel, bias) of each dense layer by the kernel's shape, which no two of them share here."""
    kernels, biases = variables[::2], variables[1::2]
    layers = {tuple(kernel.shape): (kernel, bias) for kernel, bias in zip(kernels, biases, strict=True)}
    assert len(layers) == len(kernels) == 10
    assert all(bias.shape == shape[-1:] for shape, (_, bias) in layers.items())
    return layers


def test_scores_by_hand(interactions):
    dense = dense_cfnet(interactions)
    layers = layers_by_shape(dense.model.trainable_variables)

    def apply(shape, inputs):
        kernel, bias = layers[shape]
        return inputs @ kernel.numpy() + bias.numpy()

    user, item = KNOWN[[0, 2]], KNOWN.T[[1, 3]]
    product = np.maximum(apply((512, 64), apply((4, 512), user)), 0) * np.maximum(
        apply((1024, 64), apply((3, 1024), item)), 0
    )
    matching = np.concatenate([apply((4, 256), user), apply((3, 256), item)], axis=1)
    for shape in ((512, 256), (256, 128), (128, 64)):
        matching = np.maximum(apply(shape, matching), 0)
    logits = apply((128, 1), np.concatenate([product, matching], axis=1))
    scores = dense.model({"user": tf.constant([0, 2]), "item": tf.constant([1, 3])})
    assert_alike(scores.numpy(), 1 / (1 + np.exp(-logits)))


def test_scores_loss_and_gradients_are_those_of_preset_cfnet(interactions):
    dense = dense_cfnet(interactions, activation="tanh", first_activation="tanh")
    structure = with_towers(
        PRESETS["cfnet"], lambda tower: dataclasses.replace(tower, interaction_dropout=0.0)
    )
    ours = shake(make_recommender(structure, interactions, explicit=False, seed=1))
    own, copied = (layers_by_shape(model.trainable_variables) for model in (ours, dense.model))
    for shape, variables in own.items():
        for variable, value in zip(variables, copied[shape], strict=True):
            variable.assign(value)

    users, items, _ = interactions.pairs()
    everyone = np.concatenate([users, np.repeat(users, NEGATIVES_PER_POSITIVE)])
    everything = np.concatenate([items, np.ravel(NEGATIVES)])
    labels = np.float32([1] * len(users) + [0] * np.size(NEGATIVES))
    pairs = {"user": tf.constant(everyone), "item": tf.constant(everything)}
    with tf.GradientTape() as tape:
        scores = dense.model(pairs)[:, 0]
        loss = tf.reduce_mean(tf_keras.losses.binary_crossentropy(labels, scores))
    gradients = tape.gradient(loss, dense.model.trainable_variables)

    our_scores = ours.scores(ours.represent_users(pairs["user"]), ours.represent_items(pairs["item"]))
    assert_alike(our_scores.numpy(), scores.numpy())
    our_loss, our_gradients = gradients_of(ours, batch_of(interactions, NEGATIVES))
    assert our_loss == pytest.approx(loss.numpy(), rel=1e-5)
    expected = {tuple(gradient.shape): gradient.numpy() for gradient in gradients[::2]}
    for gradient in our_gradients[::2]:
        assert_alike(gradient, expected[gradient.shape], str(gradient.shape))


def test_an_epoch_has_each_positive_once_and_four_negatives_of_its_user(interactions):
    dense = dense_cfnet(interactions)
    batches = [(pairs["user"], pairs["item"], labels) for pairs, labels in dense.batches]
    users, items, labels = (np.concatenate(parts) for parts in zip(*batches, strict=True))
    positives = sorted(zip(users[labels == 1], items[labels == 1], strict=True))
    assert positives == [(0, 0), (0, 1), (1, 1), (1, 2), (2, 0)]
    assert np.bincount(users[labels == 0]).tolist() == [8, 8, 4]
    assert not KNOWN[users[labels == 0], items[labels == 0]].any()


def test_evaluation_ranks_by_score_and_unknown_items_last(interactions):
    dense = dense_cfnet(interactions)
    lists = Holdout(
        np.array([0, 1]), np.array([3, 2]), np.array([2, 3, 4, 4, 0]), np.float32([1, 0, 0, 1, 0])
    )
    pairs = {"user": tf.constant([0, 0, 1]), "item": tf.constant([2, 3, 0])}
    first, second, third = dense.model(pairs).numpy()[:, 0]
    scores = np.array([first, second, -np.inf, -np.inf, third])
    expected = (
        mean_hit_rate(lists.labels, scores, lists.lengths, 1),
        mean_ndcg(lists.labels, scores, lists.lengths, 1),
    )
    assert dense.evaluate(lists, top_k=1) == expected
    assert expected[0] in (0, 0.5)
