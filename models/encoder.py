"""From an interaction vector to a representation."""

from collections.abc import Callable
from typing import NamedTuple

import tensorflow as tf
import tf_keras

from models.normalization import column_factor, mass, row_factor
from models.slots import Tower
from models.vectors import InteractionVectors

Gather = Callable[[float], tf.SparseTensor]
"""Gives a batch of interaction vectors from which a fraction of the interactions was dropped."""


class Encoding(NamedTuple):
    """A first layer before its normalisation and bias, so that single cells can be taken out again.

    Attributes:
        sums: float [batch, units].
        masses: float [batch], see `models.normalization`.
    """

    sums: tf.Tensor
    masses: tf.Tensor


class Cells(NamedTuple):
    """Single cells of the matrix, as one side sees them.

    Attributes:
        rows, columns: int64 [n].
        values: float [n], standardised.
    """

    rows: tf.Tensor
    columns: tf.Tensor
    values: tf.Tensor


class Encoder(tf_keras.layers.Layer):
    """A sparse first layer and dense ones behind it: `f(...f(x W + b)...)`.

    The cost of the first layer grows with the known cells, not with the catalogue.

    Args:
        tower: the choices.
        vectors: the interaction vectors of this side.
        seed: of the initial weights, Glorot uniform.

    Call:
        encoding: of `begin` or `without` -> float [batch, tower.embedding_size].
    """

    def __init__(self, tower: Tower, vectors: InteractionVectors, seed: int):
        super().__init__(name="encoder", dtype="float32")
        self.normalization = tower.normalization
        self.drop_rate = tower.interaction_dropout
        self.vectors = vectors
        widths = (*tower.hidden_sizes, tower.embedding_size)
        self.kernel = self.add_weight(
            name="kernel",
            shape=(vectors.columns, widths[0]),
            initializer=tf_keras.initializers.GlorotUniform(seed=seed),
        )
        self.bias = self.add_weight(name="bias", shape=(widths[0],), initializer="zeros")
        self.activation = tf_keras.activations.get(tower.activation.value)
        self.hidden = [
            tf_keras.layers.Dense(
                units,
                activation=tower.activation.value,
                kernel_initializer=tf_keras.initializers.GlorotUniform(seed=seed + depth),
            )
            for depth, units in enumerate(widths[1:], start=1)
        ]

    def begin(self, gather: Gather, dropping: bool) -> Encoding:
        """The first layer of a batch of vectors.

        Args:
            gather: gives the vectors, sparse float [batch, columns].
            dropping: whether interactions are dropped, as in training.
        """
        rate = self.drop_rate if dropping else 0.0
        vectors = gather(rate)
        row_ids, columns = vectors.indices[:, 0], vectors.indices[:, 1]
        weighted = tf.sparse.map_values(tf.multiply, vectors, self._column_factor(columns, rate))
        masses = mass(self.normalization, vectors.values)
        return Encoding(
            tf.sparse.sparse_dense_matmul(weighted, self.kernel),
            tf.math.unsorted_segment_sum(masses, row_ids, vectors.dense_shape[0]),
        )

    def without(
        self, encoding: Encoding, positions: tf.Tensor, cells: Cells, seed: tf.Tensor | None
    ) -> Encoding:
        """Encodings of vectors from which one cell each is taken out, as if it were not known.

        Args:
            encoding: of `batch` vectors.
            positions: int [n], of the vectors in `encoding`.
            cells: n cells, each in the vector at its position.
            seed: int64 [] of the interactions dropped in `begin`, whose cells are out already; None if none.
        """
        rate, kept = 0.0, tf.ones_like(cells.values)
        if seed is not None and self.drop_rate:
            rate, coins = self.drop_rate, self.vectors.toss(cells.rows, cells.columns, seed)
            kept = tf.cast(coins >= rate, tf.float32)
        terms = cells.values * self._column_factor(cells.columns, rate) * kept
        return Encoding(
            tf.gather(encoding.sums, positions)
            - terms[:, tf.newaxis] * tf.gather(self.kernel, cells.columns),
            tf.gather(encoding.masses, positions) - mass(self.normalization, cells.values) * kept,
        )

    def call(self, encoding: Encoding) -> tf.Tensor:
        factors = row_factor(self.normalization, encoding.masses)
        hidden = self.activation(encoding.sums * factors[:, tf.newaxis] + self.bias)
        for layer in self.hidden:
            hidden = layer(hidden)
        return tf.cast(hidden, tf.float32)

    def _column_factor(self, columns: tf.Tensor, rate: float) -> tf.Tensor:
        return column_factor(self.normalization, self.vectors.column_degrees, columns, rate)
