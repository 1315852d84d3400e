import numpy as np
import pytest
import tensorflow as tf

from models.vectors import InteractionVectors
from tests.models.conftest import planted
from tests.models.splitmix import coins_of_all


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


def test_cells_of_a_request_are_centred_and_leave_unknown_columns_out(interactions):
    vectors = InteractionVectors(interactions.matrix, center=1.0, scale=0.5).from_cells(
        tf.constant([0, 0, 1], tf.int64),
        tf.constant([4, 2, -1], tf.int64),
        tf.constant([1.0, 2.0, 3.0]),
        tf.constant(2, tf.int64),
    )
    np.testing.assert_array_equal(dense(vectors), [[0, 0, 2, 0], [0, 0, 0, 0]])


def test_column_degrees_are_the_numbers_of_known_cells(interactions):
    assert InteractionVectors(interactions.matrix).column_degrees.numpy().tolist() == [2, 2, 1, 0]
    items = InteractionVectors(interactions.matrix.T.tocsr(), transposed=True)
    assert items.column_degrees.numpy().tolist() == [2, 2, 1]


@pytest.mark.parametrize("rate", [0.3, 0.75])
def test_users_and_items_lose_the_same_interactions(rate):
    matrix = planted().matrix
    seed = tf.constant(1 << 61, tf.int64)
    thinned = []
    for vectors in (InteractionVectors(matrix), InteractionVectors(matrix.T.tocsr(), transposed=True)):
        rows = tf.range(vectors.rows, dtype=tf.int64)
        thinned.append(dense(vectors.gather(rows, rate, seed)))
    expected = matrix.toarray() * (coins_of_all(60, 40, seed=1 << 61) >= rate)
    np.testing.assert_array_equal(thinned[0], expected)
    np.testing.assert_array_equal(thinned[1], expected.T)
    # 720 interactions: the fraction that is dropped has a standard deviation below .02
    assert expected.sum() / matrix.nnz == pytest.approx(1 - rate, abs=0.06)


def test_an_interaction_is_dropped_whatever_else_is_in_the_batch(interactions):
    vectors = InteractionVectors(interactions.matrix)
    seed = tf.constant(3, tf.int64)
    everyone = tf.constant([0, 1, 2], tf.int64)
    together = dense(vectors.gather(everyone, 0.5, seed))
    some = tf.constant([2, 0], tf.int64)
    apart = dense(vectors.gather(some, 0.5, seed))
    np.testing.assert_array_equal(apart, together[[2, 0]])
