"""Interaction vectors as inputs of the model: gathered and thinned out, never made dense."""

import numpy as np
import tensorflow as tf
from scipy import sparse

from models.coins import toss


class InteractionVectors(tf.Module):
    """The rows of R (one per user) or of its transpose (one per item), held as variables.

    Args:
        matrix: float32 [rows, columns].
        center: subtracted from every stored value, so that an unknown cell counts as an average one.
        scale: positive; the centred values are divided by it.
        transposed: whether rows are items.
    """

    def __init__(
        self, matrix: sparse.csr_matrix, center: float = 0.0, scale: float = 1.0, transposed: bool = False
    ):
        super().__init__(name="interaction_vectors")
        self.rows, self.columns = matrix.shape
        self.center = center
        self.scale = scale
        self.transposed = transposed
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
            self.standardize(tf.boolean_mask(values, known)),
            tf.stack([batch_size, tf.constant(self.columns, tf.int64)]),
        )

    def standardize(self, values: tf.Tensor) -> tf.Tensor:
        """Raw values as they stand in a vector: of any shape."""
        return (values - self.center) / self.scale

    def thin_out(
        self, vectors: tf.SparseTensor, rows: tf.Tensor, rate: float, seed: tf.Tensor
    ) -> tf.SparseTensor:
        """Drops each interaction with probability `rate`.

        The same seed drops the same interactions from users' and items' vectors.

        Args:
            vectors: sparse float [batch, columns].
            rows: int64 [batch], whose vectors they are.
            rate: in [0, 1).
            seed: int64 [].
        """
        own = tf.gather(rows, vectors.indices[:, 0])
        return tf.sparse.retain(vectors, self.toss(own, vectors.indices[:, 1], seed) >= rate)

    def toss(self, rows: tf.Tensor, columns: tf.Tensor, seed: tf.Tensor) -> tf.Tensor:
        """The coin of each interaction: int64 [n] twice and int64 [] -> float [n] in [0, 1)."""
        if self.transposed:
            return toss(columns * self.rows + rows, seed)
        return toss(rows * self.columns + columns, seed)


def _constant_variable(value: np.ndarray, name: str) -> tf.Variable:
    return tf.Variable(value, trainable=False, name=name)
