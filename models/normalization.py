"""Normalisations of interaction vectors, in a form from which single cells can be taken out again.

A normalised vector is `x * column_factor * row_factor(mass)`, where the mass is a sum over the vector's
cells. So a first layer is `row_factor(mass) * sum_c x_c column_factor_c W_c`, and the vector without one of
its cells needs no more than that cell's term of both sums.
"""

import tensorflow as tf

from models.choices import Normalization


def column_factor(
    normalization: Normalization, column_degrees: tf.Tensor, columns: tf.Tensor, rate: float
) -> tf.Tensor:
    """What a cell is multiplied by on account of its column and of the cells that were dropped.

    Args:
        normalization: the choice.
        column_degrees: float [all columns], number of known cells of each.
        columns: int64 [n].
        rate: fraction of the interactions that was dropped.

    Returns:
        float [n]: `1 / (1 - rate)` without normalisation, which keeps the expectation of a sum; for `degree`
        the reciprocal root of the column's expected degree after dropping; otherwise 1.
    """
    if normalization is Normalization.DEGREE:
        degrees = tf.maximum(tf.gather(column_degrees, columns), 1.0)
        return tf.math.rsqrt(degrees * (1.0 - rate))
    kept = 1.0 - rate if normalization is Normalization.NONE else 1.0
    return tf.fill(tf.shape(columns), 1.0 / kept)


def mass(normalization: Normalization, values: tf.Tensor) -> tf.Tensor:
    """Each cell's part of the mass, float [n] -> float [n]: for `degree` 1, for `l2` the square."""
    return tf.square(values) if normalization is Normalization.L2 else tf.ones_like(values)


def row_factor(normalization: Normalization, masses: tf.Tensor) -> tf.Tensor:
    """What a vector of this mass is multiplied by, 0 if it is empty: float [n] -> float [n]."""
    if normalization is Normalization.NONE:
        return tf.ones_like(masses)
    # Taking a cell out of a sum of floats leaves a rest where nothing should be left.
    return tf.where(masses > 1e-6, tf.math.rsqrt(tf.maximum(masses, 1e-6)), 0.0)
