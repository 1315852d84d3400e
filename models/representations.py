"""Representations: from an id or an interaction vector to a dense vector."""

import tensorflow as tf
import tf_keras

from models.structure import Tower
from models.vectors import InteractionVectors, drop_interactions


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
        super().__init__(name="embedding")
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


class SparseDense(tf_keras.layers.Layer):
    """`x W + b` for sparse x: the cost grows with the known cells, not with the catalogue.

    Args:
        columns: length of a vector.
        units: width of the output.
        seed: of the initial weights, Glorot uniform.

    Call:
        vectors: sparse float [batch, columns] -> float [batch, units].
    """

    def __init__(self, columns: int, units: int, seed: int):
        super().__init__(name="sparse_dense")
        self.kernel = self.add_weight(
            name="kernel", shape=(columns, units), initializer=tf_keras.initializers.GlorotUniform(seed=seed)
        )
        self.bias = self.add_weight(name="bias", shape=(units,), initializer="zeros")

    def call(self, vectors: tf.SparseTensor) -> tf.Tensor:
        return tf.sparse.sparse_dense_matmul(vectors, self.kernel) + self.bias


class Representation(tf_keras.layers.Layer):
    """What a tower says: input and layers of one side of a branch.

    Args:
        tower: the choices.
        size: number of known ids of this side.
        vectors: the interaction vectors of this side.
        seed: of the initial weights.

    Call:
        index: int64 [batch]; vectors: sparse float [batch, columns] -> float [batch, tower.width].
    """

    def __init__(self, tower: Tower, size: int, vectors: InteractionVectors, seed: int, name: str):
        super().__init__(name=name)
        self.tower = tower
        self.normalize = vectors.normalize
        if tower.takes_id:
            self.embedding = Embedding(size, tower.embedding_size, seed)
        if tower.takes_interactions:
            widths = (*tower.hidden_sizes, tower.embedding_size)
            self.first_layer = SparseDense(vectors.columns, widths[0], seed)
            self.first_activation = tf_keras.layers.Activation(tower.activation.value)
            self.layers = [
                tf_keras.layers.Dense(
                    units,
                    activation=tower.activation.value,
                    kernel_initializer=tf_keras.initializers.GlorotUniform(seed=seed + depth),
                )
                for depth, units in enumerate(widths[1:], start=1)
            ]
        self.dropout = tf_keras.layers.Dropout(tower.dropout, seed=seed)

    def call(self, index: tf.Tensor, vectors: tf.SparseTensor, training: bool = False) -> tf.Tensor:
        parts = []
        if self.tower.takes_id:
            parts.append(self.embedding(index))
        if self.tower.takes_interactions:
            parts.append(self._encode(vectors, training))
        return self.dropout(tf.concat(parts, axis=1), training=training)

    def _encode(self, vectors: tf.SparseTensor, training: bool) -> tf.Tensor:
        if training and self.tower.interaction_dropout:
            vectors = drop_interactions(vectors, self.tower.interaction_dropout)
        hidden = self.first_activation(self.first_layer(self.normalize(vectors, self.tower.normalization)))
        for layer in self.layers:
            hidden = layer(hidden)
        return hidden
