"""What the framework is equal to: a dot product, a cosine, and the product with a dense matrix."""

import dataclasses

import numpy as np
import pytest
import tensorflow as tf

from models.choices import Activation, Fusion, Input, LossKind, Normalization, PredictionKind
from models.coins import toss
from models.preparation import make_recommender
from models.presets import PRESETS
from models.recommender import Recommender
from models.scale import ValueScale
from models.slots import Branch, Loss, Prediction, Tower
from models.structure import Structure
from tests.models.conftest import (
    assert_alike,
    batch_of,
    gradients_of,
    planted,
    score_matrix,
    shake,
    small,
    with_towers,
)


@pytest.mark.parametrize("feedback", ["explicit", "implicit"])
def test_mf_is_the_dot_product(interactions, feedback):
    model = shake(make_recommender(PRESETS["mf"], interactions, feedback == "explicit", seed=1))
    user, item = (
        side.representations[0].embedding.table.numpy() for side in (model.user_side, model.item_side)
    )
    expected = user @ item.T
    if feedback == "explicit":  # values 1 … 5 with mean 3, the label 1/2
        expected = expected + model.user_side.bias.table.numpy() + model.item_side.bias.table.numpy().T
        expected = 1 + 4 * (expected + 0.5)
    assert_alike(score_matrix(model), expected)


@pytest.mark.parametrize("feedback", ["explicit", "implicit"])
def test_dmf_is_the_cosine_of_two_mlps(interactions, feedback):
    explicit = feedback == "explicit"
    model = shake(make_recommender(PRESETS["dmf"], interactions, explicit, seed=1))
    values = interactions.matrix.toarray()
    # Cells and labels are values divided by the largest, 5 (DMF, equations 2 and 11), or 1 for what is known.
    values = values / 5 if explicit else (values > 0).astype(np.float32)

    def encode(side, vectors):
        encoder = side.representations[0].encoder
        (last,) = encoder.hidden
        hidden = np.maximum(vectors @ encoder.kernel.numpy() + encoder.bias.numpy(), 0)
        return np.maximum(hidden @ last.kernel.numpy() + last.bias.numpy(), 0)

    user, item = encode(model.user_side, values), encode(model.item_side, values.T)
    lengths = np.linalg.norm(user, axis=1)[:, None] * np.linalg.norm(item, axis=1)[None]
    assert_alike(score_matrix(model), (5 if explicit else 1) * (user @ item.T) / lengths)


@pytest.mark.parametrize("rate", [0.0, 0.5])
@pytest.mark.parametrize("normalization", Normalization)
@pytest.mark.parametrize("by_user", [True, False], ids=["users", "items"])
def test_sparse_first_layer_is_the_dense_product(interactions, by_user, normalization, rate):
    tower = Tower(
        Input.INTERACTIONS,
        embedding_size=5,
        activation=Activation.TANH,
        normalization=normalization,
        interaction_dropout=rate,
    )
    branch = Branch(tower, tower, Fusion.PRODUCT)
    structure = Structure((branch,), Prediction(PredictionKind.LINEAR), Loss(LossKind.MSE))
    model = shake(Recommender(structure, interactions, ValueScale(), biased=False))
    side = model.user_side if by_user else model.item_side
    index, seed = tf.range(side.vectors.rows, dtype=tf.int64), tf.constant(5, tf.int64)
    target = tf.random.stateless_normal([len(index), 5], seed=[1, 2])
    with tf.GradientTape() as tape:
        output = side(index, side.begin(index, seed=seed), training=True)
        loss = tf.reduce_sum(tf.square(output - target))
    (representation,) = side.representations
    kernel, bias = representation.encoder.kernel, representation.encoder.bias
    gradients = tape.gradient(loss, [kernel, bias])

    values = interactions.matrix.toarray()
    users, items = np.nonzero(values)
    kept = np.zeros_like(values)
    kept[users, items] = toss(tf.constant(users * 4 + items), seed).numpy() >= rate
    assert not rate or 0 < kept.sum() < len(users)
    if not by_user:
        values, kept = values.T, kept.T
    dense = values * kept
    if normalization is Normalization.NONE:
        dense = dense / (1 - rate)
    if normalization is Normalization.L2:
        dense = dense / np.maximum(np.linalg.norm(dense, axis=1, keepdims=True), 1e-9)
    if normalization is Normalization.DEGREE:
        rows = kept.sum(axis=1, keepdims=True)
        columns = (values > 0).sum(axis=0) * (1 - rate)
        dense = dense / np.sqrt(np.maximum(rows, 1)) / np.sqrt(np.maximum(columns, 1e-9))
    with tf.GradientTape() as tape:
        expected = tf.tanh(tf.matmul(tf.constant(dense, tf.float32), kernel) + bias)
        loss = tf.reduce_sum(tf.square(expected - target))
    assert_alike(output.numpy(), expected.numpy())
    for found, gradient in zip(gradients, tape.gradient(loss, [kernel, bias]), strict=True):
        assert_alike(tf.convert_to_tensor(found).numpy(), gradient.numpy())


@pytest.mark.parametrize("name", [name for name in PRESETS if PRESETS[name].interaction_towers])
def test_presets_train_as_with_dense_first_layers(name, monkeypatch):
    interactions = planted(20, 12, 4)
    structure = with_towers(small(PRESETS[name]), lambda tower: dataclasses.replace(tower, dropout=0.0))
    model = shake(make_recommender(structure, interactions, explicit=False, seed=1))
    negatives = np.random.default_rng(1).integers(12, size=[80, 2])
    batch = batch_of(interactions, negatives)
    loss, gradients = gradients_of(model, batch)

    dense_products = []

    def dense_product(vectors, kernel):
        dense_products.append(tf.linalg.matmul(tf.sparse.to_dense(tf.sparse.reorder(vectors)), kernel))
        return dense_products[-1]

    monkeypatch.setattr(tf.sparse, "sparse_dense_matmul", dense_product)
    expected_loss, expected = gradients_of(model, batch)
    assert len(dense_products) == len(structure.interaction_towers)
    assert loss == pytest.approx(expected_loss, rel=1e-5)
    for variable, found, gradient in zip(model.trainable_variables, gradients, expected, strict=True):
        assert_alike(found, gradient, variable.name)
