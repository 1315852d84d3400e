"""Rules that know how often an item was touched, and nothing of the user."""

import numpy as np

from models.interactions import Interactions


class Popularity:
    """An item's score is the number of users who have it in train.

    Args:
        train: known interactions.
    """

    def __init__(self, train: Interactions):
        self.degrees = train.matrix.getnnz(axis=0).astype(np.float32)

    def score(self, users: np.ndarray) -> np.ndarray:
        """Scores of every item, the same for all: int64 [batch] user indices -> float32 [batch, items]."""
        return np.tile(self.degrees, (len(users), 1))


class UntouchedFirst(Popularity):
    """Items that nobody has touched first, then the popular ones.

    It knows nothing, and wins under protocol raw wherever held-out items are more often without a train row
    than the random candidates are: it is in the tables to show how much of a raw figure may be worth nothing.

    Args:
        train: known interactions.
    """

    def __init__(self, train: Interactions):
        super().__init__(train)
        self.degrees[self.degrees == 0] = train.users + 1  # above what everybody has
