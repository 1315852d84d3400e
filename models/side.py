"""One side of the model: users or items, over all branches."""

from collections.abc import Callable, Sequence
from functools import cache

import tensorflow as tf
import tf_keras

from models.encoder import Cells, Encoding
from models.representations import Embedding, Representation
from models.slots import Tower
from models.vectors import InteractionVectors

Encodings = list[Encoding | None]
"""One per branch."""


class Side(tf_keras.layers.Layer):
    """Everything that users, or items, bring into a pair.

    That is one vector per id: the projected representations of all branches side by side and, with `biased`,
    a bias in the last place.

    Args:
        towers: one per branch.
        projections: of the branches' fusions.
        vectors: the interaction vectors of this side.
        biased: whether each id has a bias.
        seed: of the initial weights.

    Call:
        index: int64 [batch]; encodings: of `begin` or `without` -> float [batch, D].
    """

    def __init__(
        self,
        towers: Sequence[Tower],
        projections: Sequence[Callable[[tf.Tensor], tf.Tensor]],
        vectors: InteractionVectors,
        biased: bool,
        seed: int,
        name: str,
    ):
        super().__init__(name=name, dtype="float32")
        self.vectors = vectors
        self.projections = tuple(projections)
        self.representations = [
            Representation(tower, vectors.rows, vectors, seed + 10 * branch, f"{name}_{branch}")
            for branch, tower in enumerate(towers)
        ]
        self.bias = Embedding(vectors.rows, 1, seed) if biased else None

    def begin(
        self, index: tf.Tensor, vectors: tf.SparseTensor | None = None, seed: tf.Tensor | None = None
    ) -> Encodings:
        """The first layers of the interaction vectors.

        Args:
            index: int64 [batch].
            vectors: sparse float [batch, columns]; the stored ones if None.
            seed: int64 [] of the interactions dropped from the stored ones in training; None drops nothing.
        """

        @cache  # several branches may want the same vectors
        def gather(drop_rate: float) -> tf.SparseTensor:
            return self.vectors.gather(index, drop_rate, seed) if vectors is None else vectors

        return [representation.begin(gather, seed is not None) for representation in self.representations]

    def without(
        self, encodings: Encodings, positions: tf.Tensor, cells: Cells, seed: tf.Tensor | None
    ) -> Encodings:
        """The same without one cell per vector. See `Encoder.without`."""
        return [
            representation.without(encoding, positions, cells, seed)
            for representation, encoding in zip(self.representations, encodings, strict=True)
        ]

    def call(self, index: tf.Tensor, encodings: Encodings, training: bool = False) -> tf.Tensor:
        parts = [
            project(representation(index, encoding, training=training))
            for project, representation, encoding in zip(
                self.projections, self.representations, encodings, strict=True
            )
        ]
        if self.bias is not None:
            parts.append(self.bias(index))
        return tf.concat(parts, axis=1)
