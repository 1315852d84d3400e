"""Batches of (user, item, label) pairs for training."""

from collections.abc import Iterator

import numpy as np

from models.interactions import Interactions
from models.scale import ValueScale
from models.structure import Structure

Batch = dict[str, np.ndarray]


class PairSampler:
    """Draws the pairs of an epoch.

    The pairs of one user (or of one item) stand together when that side is encoded from its interaction
    vector, so that each vector is encoded about once per epoch instead of once per pair; the order of the
    users (items) is shuffled. When ids alone are looked up, all pairs are shuffled.

    Args:
        interactions: the positives, or the known values.
        structure: decides by which side pairs stand together.
        scale: of the raw values.
        negatives_per_positive: 0 for explicit feedback, whose labels are the values; otherwise labels are 1
            for what is known and 0 for this many sampled items that are not.
        batch_size: number of pairs.
        seed: of order and negatives.
    """

    def __init__(
        self,
        interactions: Interactions,
        structure: Structure,
        scale: ValueScale,
        negatives_per_positive: int,
        batch_size: int,
        seed: int,
    ):
        self.interactions = interactions
        self.negatives_per_positive = negatives_per_positive
        self.batch_size = batch_size
        self.users, self.items, values = interactions.pairs()
        self.known = self.users * interactions.items + self.items
        self.labels = (
            np.ones(len(values), np.float32)
            if negatives_per_positive
            else scale.to_unit(values).astype(np.float32)
        )
        self.by_user = any(tower.takes_interactions for tower in structure.user_towers)
        self.by_item = any(tower.takes_interactions for tower in structure.item_towers)
        self.random = np.random.default_rng(seed)

    def epoch(self) -> Iterator[Batch]:
        """The batches of one epoch: `user_index`, `item_index` int64 [batch], `label` float32 [batch]."""
        negatives = self.sample_negatives(np.repeat(self.users, self.negatives_per_positive))
        users = np.concatenate([self.users, np.repeat(self.users, self.negatives_per_positive)])
        items = np.concatenate([self.items, negatives])
        labels = np.concatenate([self.labels, np.zeros(len(negatives), np.float32)])
        order = self._order(users, items)
        for start in range(0, len(order), self.batch_size):
            batch = order[start : start + self.batch_size]
            yield {"user_index": users[batch], "item_index": items[batch], "label": labels[batch]}

    def sample_negatives(self, users: np.ndarray) -> np.ndarray:
        """One item for each of `users` int64 [n], uniform over the items that the user is not known to have.

        A user who is known to have every item gets any item: int64 [n].
        """
        items = self.random.integers(self.interactions.items, size=len(users))
        everything = np.diff(self.interactions.matrix.indptr) >= self.interactions.items
        pending = np.flatnonzero(self._is_known(users, items) & ~everything[users])
        while len(pending):
            items[pending] = self.random.integers(self.interactions.items, size=len(pending))
            pending = pending[self._is_known(users[pending], items[pending])]
        return items

    def _is_known(self, users: np.ndarray, items: np.ndarray) -> np.ndarray:
        cells = users * self.interactions.items + items
        positions = np.minimum(np.searchsorted(self.known, cells), len(self.known) - 1)
        return self.known[positions] == cells

    def _order(self, users: np.ndarray, items: np.ndarray) -> np.ndarray:
        shuffled = self.random.permutation(len(users))
        if self.by_user:
            anchors, count = users, self.interactions.users
        elif self.by_item:
            anchors, count = items, self.interactions.items
        else:
            return shuffled
        rank = self.random.permutation(count)
        return shuffled[np.argsort(rank[anchors[shuffled]], kind="stable")]
