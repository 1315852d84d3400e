"""Interaction vectors as inputs of the model: gathered, some interactions dropped, never made dense."""

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

    def gather(
        self, rows: tf.Tensor, drop_rate: float = 0.0, seed: tf.Tensor | None = None
    ) -> tf.SparseTensor:
        """Stored vectors, empty if unknown.

        Args:
            rows: int64 [batch].
            drop_rate: in [0, 1), the fraction of the interactions that is dropped. The same seed drops the
                same interactions from users' and items' vectors.
            seed: int64 [], of the dropping.

        Returns:
            Sparse float [batch, columns].
        """
        known = (rows >= 0) & (rows < self.rows)
        known_rows = tf.where(known, rows, 0)
        starts = tf.gather(self.row_splits, known_rows)
        ends = tf.where(known, tf.gather(self.row_splits, known_rows + 1), starts)
        ranges = tf.ragged.range(starts, ends)
        positions, row_ids = ranges.flat_values, _row_ids(ranges.row_splits)
        columns = tf.cast(tf.gather(self.column_indices, positions), tf.int64)
        if drop_rate:
            coins = self.toss(tf.gather(rows, row_ids), columns, seed)
            kept = tf.where(coins >= drop_rate)[:, 0]
            positions, row_ids, columns = (tf.gather(cells, kept) for cells in (positions, row_ids, columns))
        return tf.SparseTensor(
            tf.stack([row_ids, columns], axis=1),
            self.standardize(tf.gather(self.values, positions)),
            self._shape(tf.size(rows, tf.int64)),
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
            self._shape(batch_size),
        )

    def standardize(self, values: tf.Tensor) -> tf.Tensor:
        """Raw values as they stand in a vector: of any shape."""
        return (values - self.center) / self.scale

    def toss(self, rows: tf.Tensor, columns: tf.Tensor, seed: tf.Tensor) -> tf.Tensor:
        """The coin of each interaction: int64 [n] twice and int64 [] -> float [n] in [0, 1)."""
        if self.transposed:
            return toss(columns * self.rows + rows, seed)
        return toss(rows * self.columns + columns, seed)

    def _shape(self, batch_size: tf.Tensor) -> tf.Tensor:
        return tf.stack([batch_size, tf.constant(self.columns, tf.int64)])


def _row_ids(row_splits: tf.Tensor) -> tf.Tensor:
    """The row of each cell: int64 [rows + 1] -> int64 [cells].

    `RaggedTensor.value_rowids` and `tf.repeat` take rows times the longest row of memory for it.
    """
    ends = row_splits[1:, tf.newaxis]
    steps = tf.scatter_nd(ends, tf.ones_like(row_splits[1:]), row_splits[-1:] + 1)
    return tf.cumsum(steps)[:-1]


def _constant_variable(value: np.ndarray, name: str) -> tf.Variable:
    return tf.Variable(value, trainable=False, name=name)
