import numpy as np
import pytest
import tensorflow as tf

from models.choices import Normalization
from models.vectors import InteractionVectors, drop_interactions


def dense(vectors):
    return tf.sparse.to_dense(tf.sparse.reorder(vectors)).numpy()


def test_gather_gives_the_rows_asked_for_and_nothing_for_unknown_ones(interactions):
    rows = InteractionVectors(interactions.matrix).gather(tf.constant([1, 3, 0, -1, 1], tf.int64))
    np.testing.assert_array_equal(
        dense(rows), [[0, 1, 4, 0], [0, 0, 0, 0], [5, 3, 0, 0], [0, 0, 0, 0], [0, 1, 4, 0]]
    )


def test_values_are_centred_and_unknown_cells_stay_empty(interactions):
    rows = InteractionVectors(interactions.matrix, center=3.0, scale=2.0).gather(tf.constant([0], tf.int64))
    assert rows.indices.numpy().tolist() == [[0, 0], [0, 1]]
    np.testing.assert_array_equal(rows.values, [1.0, 0.0])


def test_cells_of_a_request_leave_unknown_columns_out(interactions):
    vectors = InteractionVectors(interactions.matrix).from_cells(
        tf.constant([0, 0, 1], tf.int64),
        tf.constant([4, 2, -1], tf.int64),
        tf.constant([1.0, 2.0, 3.0]),
        tf.constant(2, tf.int64),
    )
    np.testing.assert_array_equal(dense(vectors), [[0, 0, 2, 0], [0, 0, 0, 0]])


def test_l2_normalisation_gives_unit_length(interactions):
    vectors = InteractionVectors(interactions.matrix)
    rows = vectors.normalize(vectors.gather(tf.constant([1], tf.int64)), Normalization.L2)
    np.testing.assert_allclose(dense(rows), [[0, 1 / np.sqrt(17), 4 / np.sqrt(17), 0]], rtol=1e-6)


def test_degree_normalisation_divides_by_both_degrees(interactions):
    vectors = InteractionVectors(interactions.matrix)
    rows = vectors.normalize(vectors.gather(tf.constant([0, 3], tf.int64)), Normalization.DEGREE)
    # user 0 has two items; items 0 and 1 have two users each
    np.testing.assert_allclose(dense(rows), [[5 / 2, 3 / 2, 0, 0], [0, 0, 0, 0]], rtol=1e-6)


def test_dropping_thins_out_and_keeps_the_expectation():
    tf.random.set_seed(1)
    vectors = tf.sparse.from_dense(tf.ones([100, 100]))
    thinned = drop_interactions(vectors, 0.75)
    assert set(thinned.values.numpy()) == {4.0}
    assert tf.reduce_sum(thinned.values).numpy() == pytest.approx(10_000, rel=0.05)
