import numpy as np
import pytest
import tensorflow as tf

from models.coins import toss
from tests.models.splitmix import coins


def test_coins_are_the_published_splitmix():
    # What the reference implementation gives first when it is seeded with 1234567. Its n-th state is
    # 1234567 + n g with g = 0x9E3779B97F4A7C15; ours is cell * g, so that the cell is 1234567 / g + n.
    inverse = pow(0x9E3779B97F4A7C15, -1, 2**64)
    cells = np.array([(1234567 * inverse + n) % 2**64 for n in (1, 2, 3)], np.uint64).astype(np.int64)
    outputs = [6457827717110365317, 3203168211198807973, 9817491932198370423]
    found = toss(tf.constant(cells), tf.constant(0, tf.int64)).numpy()
    np.testing.assert_array_equal(found, [(output >> 40) / 2**24 for output in outputs])


@pytest.mark.parametrize("seed", [0, 1, 123_456_789_012_345, (1 << 62) - 1])
def test_coins_equal_those_of_numpy(seed):
    cells = np.array([0, 1, 2, 999, 2**40 + 7, 2**62], np.int64)
    found = toss(tf.constant(cells), tf.constant(seed, tf.int64)).numpy()
    np.testing.assert_array_equal(found, coins(cells, seed))


def test_coins_are_uniform_and_those_of_neighbours_and_other_seeds_unrelated():
    cells = tf.range(100_000, dtype=tf.int64)
    first, other = (toss(cells, tf.constant(seed, tf.int64)).numpy() for seed in (7, 987_654_321))
    assert 0 <= first.min() <= first.max() < 1
    # ten tenths of 10,000, whose standard deviation is 95
    assert np.abs(np.histogram(first, bins=10, range=(0, 1))[0] - 10_000).max() < 400
    # a correlation of 100,000 unrelated numbers has standard deviation .003
    assert abs(np.corrcoef(first[1:], first[:-1])[0, 1]) < 0.015
    assert abs(np.corrcoef(first, other)[0, 1]) < 0.015
