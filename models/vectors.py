"""Interaction vectors as inputs of the model: gathered, normalised and thinned out, never made dense."""

import numpy as np
import tensorflow as tf
from scipy import sparse

from models.structure import Normalization


class InteractionVectors(tf.Module):
    """The rows of a sparse matrix (R for users, its transpose for items), held as variables.

    Args:
        matrix: float32 [rows, columns].
        center: subtracted from every stored value, so that an unknown cell counts as an average one.
        scale: positive; the centred values are divided by it.
    """

    def __init__(self, matrix: sparse.csr_matrix, center: float = 0.0, scale: float = 1.0):
        super().__init__(name="interaction_vectors")
        self.rows, self.columns = matrix.shape
        self.center = center
        self.scale = scale
        column_degrees = np.bincount(matrix.indices, minlength=matrix.shape[1])
        with tf.device("CPU"):  # the gathering ops on ragged rows have no GPU kernel
            self.row_splits = _constant_variable(matrix.indptr.astype(np.int64), "row_splits")
            self.column_indices = _constant_variable(matrix.indices.astype(np.int32), "column_indices")
            self.values = _constant_variable(matrix.data, "values")
            self.column_degrees = _constant_variable(column_degrees.astype(np.float32), "column_degrees")

    def gather(self, rows: tf.Tensor) -> tf.SparseTensor:
        """The stored vectors of `rows` int64 [batch], empty if unknown -> sparse float [batch, columns]."""
        known = (rows >= 0) & (rows < self.rows)
        rows = tf.where(known, rows, 0)
        starts = tf.gather(self.row_splits, rows)
        ends = tf.where(known, tf.gather(self.row_splits, rows + 1), starts)
        positions = tf.ragged.range(starts, ends)
        return self.from_cells(
            positions.value_rowids(),
            tf.cast(tf.gather(self.column_indices, positions.flat_values), tf.int64),
            tf.gather(self.values, positions.flat_values),
            tf.size(rows, tf.int64),
        )

    def from_cells(
        self, row_ids: tf.Tensor, columns: tf.Tensor, values: tf.Tensor, batch_size: tf.Tensor
    ) -> tf.SparseTensor:
        """Vectors from their cells, in the scale of the stored ones.

        Args:
            row_ids: int64 [cells], sorted, below `batch_size`.
            columns: int64 [cells]; those outside the known columns are left out.
            values: float [cells], raw values.
            batch_size: int64 [], number of vectors.

        Returns:
            Sparse float [batch_size, columns].
        """
        known = (columns >= 0) & (columns < self.columns)
        cells = tf.stack([row_ids, columns], axis=1)
        return tf.SparseTensor(
            tf.boolean_mask(cells, known),
            (tf.boolean_mask(values, known) - self.center) / self.scale,
            tf.stack([batch_size, tf.constant(self.columns, tf.int64)]),
        )

    def normalize(self, vectors: tf.SparseTensor, normalization: Normalization) -> tf.SparseTensor:
        """Scales each vector: sparse float [batch, columns] -> the same cells, other values."""
        if normalization is Normalization.NONE:
            return vectors
        if normalization is Normalization.L2:
            lengths = tf.sqrt(tf.sparse.reduce_sum(tf.square(vectors), axis=1))
            factors = tf.gather(tf.math.divide_no_nan(1.0, lengths), vectors.indices[:, 0])
        else:
            row_degrees = tf.math.unsorted_segment_sum(
                tf.ones_like(vectors.values), vectors.indices[:, 0], vectors.dense_shape[0]
            )
            column_degrees = tf.gather(self.column_degrees, vectors.indices[:, 1])
            factors = tf.math.rsqrt(
                tf.gather(row_degrees, vectors.indices[:, 0]) * tf.maximum(column_degrees, 1.0)
            )
        return tf.sparse.map_values(tf.multiply, vectors, factors)


def drop_interactions(vectors: tf.SparseTensor, rate: float) -> tf.SparseTensor:
    """Drops each cell with probability `rate` and scales the rest by `1 / (1 - rate)`."""
    kept = tf.random.uniform(tf.shape(vectors.values)) >= rate
    thinned = tf.sparse.retain(vectors, kept)
    return tf.sparse.map_values(tf.divide, thinned, 1.0 - rate)


def _constant_variable(value: np.ndarray, name: str) -> tf.Variable:
    return tf.Variable(value, trainable=False, name=name)
