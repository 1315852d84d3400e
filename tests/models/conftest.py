"""A small matrix of interactions that hand-computed values refer to."""

import numpy as np
import pytest
from scipy import sparse

from models.interactions import Interactions


@pytest.fixture
def interactions() -> Interactions:
    """Three users, four items; nobody knows item 3.

    [[5, 3, 0, 0],
     [0, 1, 4, 0],
     [2, 0, 0, 0]]
    """
    rows, columns, values = [0, 0, 1, 1, 2], [0, 1, 1, 2, 0], [5, 3, 1, 4, 2]
    matrix = sparse.csr_matrix((np.float32(values), (rows, columns)), shape=(3, 4))
    return Interactions(matrix)


def planted(users: int = 60, items: int = 40, per_user: int = 12) -> Interactions:
    """Two groups of users, each of whom touches items of the own group alone, value 1."""
    random = np.random.default_rng(0)
    matrix = sparse.lil_matrix((users, items), dtype=np.float32)
    for user in range(users):
        own = np.arange(items)[np.arange(items) % 2 == user % 2]
        matrix[user, random.choice(own, per_user, replace=False)] = 1.0
    return Interactions(matrix.tocsr())
