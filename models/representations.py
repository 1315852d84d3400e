"""Representations: from an id or an interaction vector to a dense vector."""

import tensorflow as tf
import tf_keras

from models.encoder import Cells, Encoder, Encoding, Gather
from models.slots import Tower
from models.vectors import InteractionVectors


class Embedding(tf_keras.layers.Layer):
    """A row of a table per id; the ids that were never seen share a row of zeros.

    Args:
        size: number of known ids.
        embedding_size: width of a row.
        seed: of the initial values, N(0, .01^2).

    Call:
        index: int64 [batch]; known ids are below `size` -> float [batch, embedding_size].
    """

    def __init__(self, size: int, embedding_size: int, seed: int):
        super().__init__(name="embedding", dtype="float32")
        self.size = size
        self.table = self.add_weight(
            name="table",
            shape=(size, embedding_size),
            initializer=tf_keras.initializers.RandomNormal(stddev=0.01, seed=seed),
        )

    def call(self, index: tf.Tensor) -> tf.Tensor:
        known = (index >= 0) & (index < self.size)
        rows = tf.gather(self.table, tf.where(known, index, 0))
        return tf.where(known[:, tf.newaxis], rows, 0.0)


class Representation(tf_keras.layers.Layer):
    """What a tower says: input and layers of one side of a branch.

    Args:
        tower: the choices.
        size: number of known ids of this side.
        vectors: the interaction vectors of this side.
        seed: of the initial weights.

    Call:
        index: int64 [batch]; encoding: of `begin` or `without` -> float [batch, tower.width].
    """

    def __init__(self, tower: Tower, size: int, vectors: InteractionVectors, seed: int, name: str):
        super().__init__(name=name, dtype="float32")
        self.embedding = Embedding(size, tower.embedding_size, seed) if tower.takes_id else None
        self.encoder = Encoder(tower, vectors, seed) if tower.takes_interactions else None
        self.dropout = tf_keras.layers.Dropout(tower.dropout, seed=seed, dtype="float32")

    def begin(self, gather: Gather, dropping: bool) -> Encoding | None:
        """The first layer of the interaction vectors; None if the tower takes none. See `Encoder.begin`."""
        return None if self.encoder is None else self.encoder.begin(gather, dropping)

    def without(
        self, encoding: Encoding | None, positions: tf.Tensor, cells: Cells, seed: tf.Tensor | None
    ) -> Encoding | None:
        """The same without one cell per vector. See `Encoder.without`."""
        if self.encoder is None or encoding is None:
            return None
        return self.encoder.without(encoding, positions, cells, seed)

    def call(self, index: tf.Tensor, encoding: Encoding | None, training: bool = False) -> tf.Tensor:
        parts = []
        if self.embedding is not None:
            parts.append(self.embedding(index))
        if self.encoder is not None:
            parts.append(self.encoder(encoding))
        return self.dropout(tf.concat(parts, axis=1), training=training)
