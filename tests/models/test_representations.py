import numpy as np
import pytest
import tensorflow as tf

from models.choices import Activation, Input
from models.encoder import Cells
from models.representations import Embedding, Representation
from models.slots import Tower
from models.vectors import InteractionVectors

INDEX = tf.constant([0, 2], tf.int64)


def make(interactions, tower):
    return Representation(tower, 3, InteractionVectors(interactions.matrix), seed=1, name="user")


def represent(layer, interactions, training=False):
    vectors = InteractionVectors(interactions.matrix).gather(INDEX)
    return layer(INDEX, layer.begin(lambda _: vectors, False), training=training).numpy()


def test_unknown_ids_share_a_row_of_zeros():
    layer = Embedding(size=3, embedding_size=2, seed=1)
    rows = layer(tf.constant([1, 3, -1], tf.int64)).numpy()
    np.testing.assert_array_equal(rows[0], layer.table[1])
    np.testing.assert_array_equal(rows[1:], np.zeros([2, 2]))


def test_an_id_is_looked_up_without_regard_to_its_interactions(interactions):
    layer = make(interactions, Tower(Input.ID, embedding_size=2))
    np.testing.assert_array_equal(represent(layer, interactions), layer.embedding.table.numpy()[[0, 2]])
    assert layer.begin(lambda _: None, False) is None
    assert layer.without(None, INDEX, Cells(INDEX, INDEX, tf.ones(2)), None) is None


def test_an_interaction_vector_is_encoded(interactions):
    layer = make(interactions, Tower(Input.INTERACTIONS, embedding_size=2, activation=Activation.TANH))
    expected = np.tanh(np.array([[5, 3, 0, 0], [2, 0, 0, 0]]) @ layer.encoder.kernel.numpy())
    np.testing.assert_allclose(represent(layer, interactions), expected, atol=1e-6)
    assert layer.embedding is None


def test_both_inputs_stand_side_by_side(interactions):
    layer = make(interactions, Tower(Input.BOTH, embedding_size=2, activation=Activation.LINEAR))
    output = represent(layer, interactions)
    np.testing.assert_array_equal(output[:, :2], layer.embedding.table.numpy()[[0, 2]])
    expected = np.array([[5, 3, 0, 0], [2, 0, 0, 0]]) @ layer.encoder.kernel.numpy()
    np.testing.assert_allclose(output[:, 2:], expected, atol=1e-6)


def test_dropout_is_for_training_and_keeps_the_expectation(interactions):
    layer = make(interactions, Tower(Input.ID, embedding_size=1000, dropout=0.75))
    layer.embedding.table.assign(tf.ones([3, 1000]))
    assert (represent(layer, interactions) == 1).all()
    trained = represent(layer, interactions, training=True)
    assert set(np.unique(trained)) == {0, 4}
    # of 2,000 units, each 4 with probability 1/4: the mean has standard deviation .04
    assert trained.mean() == pytest.approx(1, abs=0.2)
