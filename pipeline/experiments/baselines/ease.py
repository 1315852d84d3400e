"""A linear autoencoder in closed form."""

import numpy as np
from scipy.linalg import lapack

from models.errors import UserError
from models.interactions import Interactions

MOST_ITEMS = 15_000
"""Of the dense solve: 900 MB of float32, and a few minutes on one core."""


class EASE:
    """`score(u) = R[u] @ B`, where B minimises `|R - R B|^2 + regularization |B|^2` with a diagonal of zeros.

    With `P = (R^T R + regularization I)^-1`, `B_ij = -P_ij / P_jj` beside the diagonal.

    Items without a train row score 0 and are left out of the solve. Where more than `most_items` are left,
    only the most popular ones are solved for; the others score 0 and are no evidence either, so on such data
    EASE ranks the head of the catalogue alone.

    Args:
        train: known interactions.
        regularization: positive float, the ridge.
        most_items: positive int; the dense solve takes 4 * most_items^2 bytes, and time with the third power.

    Reference:
        Steck, "Embarrassingly Shallow Autoencoders for Sparse Data" (WWW 2019).
    """

    def __init__(self, train: Interactions, *, regularization: float = 200.0, most_items: int = MOST_ITEMS):
        if not regularization > 0:
            raise ValueError(f"`regularization` should be a positive float. Received: {regularization}")
        degrees = train.matrix.getnnz(axis=0)
        popular = np.argsort(-degrees, kind="stable")[:most_items]
        self.items = np.sort(popular[degrees[popular] > 0])
        self.interactions = train.matrix[:, self.items].tocsr()
        self.catalogue = train.items
        gram = (self.interactions.T @ self.interactions).toarray().astype(np.float32, copy=False)
        gram[np.diag_indices_from(gram)] += regularization
        weights = _inverse(gram)
        weights /= -weights.diagonal().copy()
        np.fill_diagonal(weights, 0.0)
        self.weights = weights

    def score(self, users: np.ndarray) -> np.ndarray:
        """Scores of every item: int64 [batch] user indices -> float32 [batch, items]."""
        scores = np.zeros((len(users), self.catalogue), np.float32)
        scores[:, self.items] = self.interactions[users] @ self.weights
        return scores


def _inverse(matrix: np.ndarray) -> np.ndarray:
    """The inverse of a symmetric, positive definite float32 [n, n], in its own memory and in row order."""
    if not len(matrix):
        return matrix
    # LAPACK wants columns one after another, which the transpose of rows is, and the same matrix too.
    factor, failure = lapack.spotrf(matrix.T, lower=True, overwrite_a=True)
    if failure:
        raise UserError("ease: R^T R + regularization I is not positive definite in float32; raise it.")
    inverse, _ = lapack.spotri(factor, lower=True, overwrite_c=True)
    inverse = inverse.T  # row order again; LAPACK filled the half above the diagonal of it
    for row in range(len(inverse)):
        inverse[row + 1 :, row] = inverse[row, row + 1 :]
    return inverse
