"""Ratings from who rates and what is rated, without any interplay of both."""

import numpy as np
from scipy import sparse

from models.interactions import Interactions

TOLERANCE = 1e-6
MOST_ROUNDS = 1000


class BiasBaseline:
    """`score(u, i) = mean + b_u + c_i`, where the biases minimise, over all known ratings,

        sum (r_ui - mean - b_u - c_i)^2 + regularization (sum b_u^2 + sum c_i^2)

    and mean is that of the ratings. Both sides are solved for in turns until no bias changes by more than
    1e-6; users and items without a rating have the bias 0.

    Args:
        train: known ratings, at least one.
        regularization: positive float, as if each user and item had so many more ratings of bias 0.

    Reference:
        Koren et al., "Matrix Factorization Techniques for Recommender Systems" (IEEE Computer 2009).
    """

    def __init__(self, train: Interactions, *, regularization: float = 5.0):
        if not regularization > 0:
            raise ValueError(f"`regularization` should be a positive float. Received: {regularization}")
        users, items, ratings = train.pairs()
        values = ratings.astype(np.float64)
        self.mean = float(values.mean())
        known = sparse.csr_matrix((np.ones(len(users)), (users, items)), shape=train.matrix.shape)
        rests = sparse.csr_matrix((values - self.mean, (users, items)), shape=train.matrix.shape)
        user_sums, item_sums = (np.asarray(rests.sum(axis=axis)).ravel() for axis in (1, 0))
        user_counts, item_counts = known.getnnz(axis=1), known.getnnz(axis=0)
        self.user_biases, self.item_biases = np.zeros(train.users), np.zeros(train.items)
        for _ in range(MOST_ROUNDS):
            before = self.item_biases
            self.user_biases = (user_sums - known @ before) / (user_counts + regularization)
            self.item_biases = (item_sums - known.T @ self.user_biases) / (item_counts + regularization)
            if np.abs(self.item_biases - before).max(initial=0.0) < TOLERANCE:
                break

    def score(self, users: np.ndarray) -> np.ndarray:
        """Ratings of every item: int64 [batch] user indices -> float64 [batch, items]."""
        return self.mean + self.user_biases[users][:, None] + self.item_biases
