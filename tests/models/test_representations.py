import numpy as np
import tensorflow as tf

from models.choices import Activation, Input
from models.representations import Embedding, Representation, SparseDense
from models.slots import Tower
from models.vectors import InteractionVectors


def test_unknown_ids_share_a_row_of_zeros():
    layer = Embedding(size=3, embedding_size=2, seed=1)
    rows = layer(tf.constant([1, 3, -1], tf.int64)).numpy()
    np.testing.assert_array_equal(rows[0], layer.table[1])
    np.testing.assert_array_equal(rows[1:], np.zeros([2, 2]))


def test_sparse_first_layer_equals_the_dense_product_in_value_and_gradient(interactions):
    vectors = InteractionVectors(interactions.matrix).gather(tf.constant([0, 1, 2], tf.int64))
    dense = tf.constant(interactions.matrix.toarray())
    layer = SparseDense(columns=4, units=5, seed=1)
    target = tf.random.stateless_normal([3, 5], seed=[1, 2])

    with tf.GradientTape() as tape:
        output = layer(vectors)
        loss = tf.reduce_sum(tf.square(output - target))
    gradient = tape.gradient(loss, layer.kernel)
    with tf.GradientTape() as tape:
        expected = tf.matmul(dense, layer.kernel) + layer.bias
        loss = tf.reduce_sum(tf.square(expected - target))

    np.testing.assert_allclose(output, expected, atol=1e-5)
    np.testing.assert_allclose(gradient, tape.gradient(loss, layer.kernel), atol=1e-4, rtol=1e-5)


def test_an_mlp_is_its_layers_one_after_another(interactions):
    tower = Tower(Input.INTERACTIONS, embedding_size=2, hidden_sizes=(3,), activation=Activation.TANH)
    vectors = InteractionVectors(interactions.matrix)
    layer = Representation(tower, 3, vectors, seed=1, name="user")
    index = tf.constant([0, 1], tf.int64)
    output = layer(index, vectors.gather(index)).numpy()

    hidden = np.tanh(interactions.matrix[:2].toarray() @ layer.first_layer.kernel.numpy())
    np.testing.assert_allclose(output, np.tanh(hidden @ layer.layers[0].kernel.numpy()), atol=1e-6)


def test_both_inputs_stand_side_by_side(interactions):
    tower = Tower(Input.BOTH, embedding_size=2, activation=Activation.LINEAR)
    vectors = InteractionVectors(interactions.matrix)
    layer = Representation(tower, 3, vectors, seed=1, name="user")
    index = tf.constant([2], tf.int64)
    output = layer(index, vectors.gather(index)).numpy()
    np.testing.assert_allclose(output[0, :2], layer.embedding.table[2])
    np.testing.assert_allclose(output[0, 2:], 2 * layer.first_layer.kernel[0].numpy(), rtol=1e-6)
