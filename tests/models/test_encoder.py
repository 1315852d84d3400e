import numpy as np
import pytest
import tensorflow as tf

from models.choices import Activation, Input, Normalization
from models.encoder import Cells, Encoder
from models.interactions import Interactions
from models.slots import Tower
from models.vectors import InteractionVectors
from tests.models.conftest import planted
from tests.models.splitmix import coins_of_all

SEED = 123_456_789_012
USERS, ITEMS = 20, 12
CENTER, DEVIATION = 0.4, 1.5
NORMALIZATIONS = [(normalization, rate) for normalization in Normalization for rate in (0.0, 0.4)]


def ratings() -> Interactions:
    interactions = planted(USERS, ITEMS, 4)
    interactions.matrix.data[:] = np.random.default_rng(1).integers(1, 6, interactions.matrix.nnz)
    return interactions


def normalized(normalization, rate, cells_out=None, transposed=False):
    """The dense vectors as they enter the first layer, float64 [rows, columns], from the definitions.

    Args:
        cells_out: bool [users, items], taken out as if they were not known.
        transposed: whether rows are items.
    """
    matrix = ratings().matrix.toarray().astype(np.float64)
    known = matrix > 0
    degrees = known.sum(axis=1 if transposed else 0)
    kept = known & (coins_of_all(USERS, ITEMS, SEED) >= rate)
    if cells_out is not None:
        kept &= ~cells_out
    vectors = np.where(kept, (matrix - CENTER) / DEVIATION, 0)
    if transposed:
        vectors, kept = vectors.T, kept.T
    if normalization is Normalization.NONE:
        return vectors / (1 - rate)
    if normalization is Normalization.L2:
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        return np.divide(vectors, lengths, out=np.zeros_like(vectors), where=lengths > 0)
    rows = np.maximum(kept.sum(axis=1, keepdims=True), 1)
    return vectors / np.sqrt(rows) / np.sqrt(np.maximum(degrees, 1) * (1 - rate))


def make(normalization, rate, transposed=False, hidden_sizes=(), activation=Activation.LINEAR):
    tower = Tower(Input.INTERACTIONS, 5, hidden_sizes, activation, normalization, interaction_dropout=rate)
    matrix = ratings().matrix
    vectors = InteractionVectors(
        matrix.T.tocsr() if transposed else matrix, CENTER, DEVIATION, transposed=transposed
    )
    encoder = Encoder(tower, vectors, seed=1)
    encoder.bias.assign(tf.random.stateless_normal(encoder.bias.shape, seed=[3, 4]))
    return encoder


def begin(encoder, seed=SEED):
    rows = tf.range(encoder.vectors.rows, dtype=tf.int64)
    seed = None if seed is None else tf.constant(seed, tf.int64)
    return encoder.begin(lambda rate: encoder.vectors.gather(rows, rate, seed), seed is not None)


@pytest.mark.parametrize("transposed", [False, True])
@pytest.mark.parametrize(("normalization", "rate"), NORMALIZATIONS)
def test_sparse_first_layer_is_the_dense_product_in_value_and_gradient(normalization, rate, transposed):
    encoder = make(normalization, rate, transposed)
    weights = np.random.default_rng(2).normal(size=[encoder.vectors.rows, 5])
    with tf.GradientTape() as tape:
        output = encoder(begin(encoder))
        loss = tf.reduce_sum(output * np.float32(weights))
    vectors = normalized(normalization, rate, transposed=transposed)
    np.testing.assert_allclose(output, vectors @ encoder.kernel.numpy() + encoder.bias.numpy(), atol=1e-5)
    gradient = tf.convert_to_tensor(tape.gradient(loss, encoder.kernel))
    np.testing.assert_allclose(gradient, vectors.T @ weights, atol=1e-5)


def test_layers_follow_one_another():
    encoder = make(Normalization.L2, 0.0, hidden_sizes=(7, 6), activation=Activation.TANH)
    output = encoder(begin(encoder))
    hidden = normalized(Normalization.L2, 0.0) @ encoder.kernel.numpy() + encoder.bias.numpy()
    for layer in encoder.hidden:
        hidden = np.tanh(hidden) @ layer.kernel.numpy()
    np.testing.assert_allclose(output, np.tanh(hidden), atol=1e-5)
    assert [layer.kernel.shape for layer in encoder.hidden] == [(7, 6), (6, 5)]


def test_nothing_is_dropped_without_a_seed():
    encoder = make(Normalization.DEGREE, 0.4)
    expected = normalized(Normalization.DEGREE, 0.0) @ encoder.kernel.numpy() + encoder.bias.numpy()
    np.testing.assert_allclose(encoder(begin(encoder, seed=None)), expected, atol=1e-5)


@pytest.mark.parametrize("transposed", [False, True])
@pytest.mark.parametrize(("normalization", "rate"), NORMALIZATIONS)
def test_without_a_cell_a_vector_is_as_if_it_was_never_known(normalization, rate, transposed):
    encoder = make(normalization, rate, transposed)
    users, items, values = ratings().pairs()
    rows, columns = (items, users) if transposed else (users, items)
    cells = Cells(
        tf.constant(rows), tf.constant(columns), tf.constant((values - CENTER) / DEVIATION, tf.float32)
    )
    encoding = encoder.without(begin(encoder), tf.constant(rows), cells, tf.constant(SEED, tf.int64))
    output = encoder(encoding).numpy()
    for pair, (user, item) in enumerate(zip(users, items, strict=True)):
        out = np.zeros([USERS, ITEMS], bool)
        out[user, item] = True
        vector = normalized(normalization, rate, out, transposed)[rows[pair]]
        expected = vector @ encoder.kernel.numpy() + encoder.bias.numpy()
        np.testing.assert_allclose(output[pair], expected, atol=1e-5)


@pytest.mark.parametrize("normalization", Normalization)
def test_an_empty_vector_leaves_the_bias(normalization):
    encoder = make(normalization, 0.0)
    nobody = tf.constant([-1, USERS], tf.int64)
    output = encoder(encoder.begin(lambda _: encoder.vectors.gather(nobody), False))
    np.testing.assert_array_equal(output, np.stack([encoder.bias.numpy()] * 2))
