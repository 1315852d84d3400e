"""The validation split, cut from the train rows as the test rows were."""

import dataclasses

import numpy as np
from scipy import sparse

from models.errors import UserError
from models.holdout import Holdout
from models.interactions import Interactions
from pipeline.experiments.data import Data, RankingData

NEGATIVES = 99
RATINGS_HELD_OUT = 0.1
"""The fraction of known ratings."""


@dataclasses.dataclass(frozen=True)
class Cut:
    """What a model learns from while its hyper-parameters are chosen, and what chooses them."""

    train: Interactions
    validation: Holdout


def cut(data: Data, seed: int = 1) -> Cut:
    """Holds out of the train rows what resembles the test rows; both negatives and ratings are seeded.

    Raises:
        UserError: if there is nothing to hold out.
    """
    if isinstance(data, RankingData):
        return _last_rows(data, seed)
    return Cut(*split_ratings(data.train, RATINGS_HELD_OUT, seed))


def _last_rows(data: RankingData, seed: int) -> Cut:
    """The last train row of every user who has another one, among 99 random items.

    As the DeepCF authors drew theirs, the random items may be interactions of the user: a model that learns
    its train rows by heart is to lose here as much as on the test lists of protocol raw.
    """
    degrees = np.diff(data.train.matrix.indptr)
    users = np.flatnonzero(degrees > 1)
    if not len(users):
        raise UserError(
            f"{data.name}: no user has two train rows, so nothing can be held out to choose by; add some."
        )
    held_out = data.last_items[users]
    random = np.random.default_rng(seed)
    drawn, lists = min(NEGATIVES, data.train.items), []
    for item in held_out:
        negatives = random.choice(data.train.items, drawn, replace=False)
        lists.append(np.concatenate([[item], negatives[negatives != item]]))
    lengths = np.array([len(candidates) for candidates in lists], np.int64)
    labels = np.zeros(lengths.sum(), np.float32)
    labels[np.cumsum(lengths) - lengths] = 1.0
    validation = Holdout(users, lengths, np.concatenate(lists).astype(np.int64), labels)
    return Cut(_without(data.train, users, held_out), validation)


def split_ratings(ratings: Interactions, held_out: float, seed: int) -> tuple[Interactions, Holdout]:
    """Holds out a random fraction of the ratings, a list per user who has any among them.

    Args:
        ratings: all.
        held_out: in (0, 1).
        seed: of the draw.
    """
    users, items, values = ratings.pairs()
    chosen = np.zeros(len(users), bool)
    count = round(held_out * len(users))
    chosen[np.random.default_rng(seed).permutation(len(users))[:count]] = True
    owners, lengths = np.unique(users[chosen], return_counts=True)
    holdout = Holdout(owners, lengths, items[chosen], values[chosen])
    return _without(ratings, users[chosen], items[chosen]), holdout


def _without(interactions: Interactions, users: np.ndarray, items: np.ndarray) -> Interactions:
    """The interactions but those pairs."""
    all_users, all_items, values = interactions.pairs()
    kept = ~np.isin(all_users * interactions.items + all_items, users * interactions.items + items)
    cells = (values[kept], (all_users[kept], all_items[kept]))
    matrix = sparse.csr_matrix(cells, shape=interactions.matrix.shape, dtype=np.float32)
    matrix.sort_indices()
    return Interactions(matrix)
