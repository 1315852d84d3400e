"""Batches of known interactions and their negatives for training."""

from collections.abc import Iterator

import numpy as np

from models.choices import LossKind, NegativeSampling
from models.interactions import Interactions
from models.structure import Structure

Batch = dict[str, np.ndarray]

MOST_DRAWS = 100


class PairSampler:
    """Draws the pairs of an epoch.

    The interactions of one user (or of one item) stand together when that side is encoded from its
    interaction vector, so that each vector is encoded about once per epoch instead of once per pair, and for
    a softmax, which scores all items for each user of a step; the order of the users (items) is shuffled.
    When ids alone are looked up, all interactions are shuffled.

    Args:
        interactions: the positives, or the known values.
        structure: decides by which side pairs stand together, and how negatives are drawn.
        explicit: whether values are learnt, without negatives.
        batch_size: number of interactions and their own negatives in a step.
        seed: of order and negatives.
    """

    def __init__(
        self,
        interactions: Interactions,
        structure: Structure,
        explicit: bool,
        batch_size: int,
        seed: int,
    ):
        self.interactions = interactions
        self.users, self.items, self.values = interactions.pairs()
        self.known = self.users * interactions.items + self.items
        own_negatives = not explicit and structure.loss.kind is not LossKind.SOFTMAX
        self.negatives = structure.loss.negatives_per_positive if own_negatives else 0
        self.positives = max(1, batch_size // (1 + self.negatives))
        softmax = structure.loss.kind is LossKind.SOFTMAX
        self.by_user = softmax or any(tower.takes_interactions for tower in structure.user_towers)
        self.by_item = any(tower.takes_interactions for tower in structure.item_towers)
        self.popular = structure.loss.negative_sampling is NegativeSampling.POPULARITY
        self.drawable = np.unique(self.items) if self.popular else np.arange(interactions.items)
        self.has_everything = np.diff(interactions.matrix.indptr) >= len(self.drawable)
        self.random = np.random.default_rng(seed)

    @property
    def steps(self) -> int:
        """Batches per epoch."""
        return -(-len(self.values) // self.positives)

    def epoch(self) -> Iterator[Batch]:
        """The batches of one epoch, P interactions with k negatives each.

        Yields:
            `user_index`, `item_index` int64 [P]; `value` float32 [P], raw; `negatives` int64 [P, k];
            `seed` int64 [P], one number for the whole batch, which decides what dropout drops.
        """
        order = self._order()
        for start in range(0, len(order), self.positives):
            batch = order[start : start + self.positives]
            users = self.users[batch]
            negatives = self.sample_negatives(np.repeat(users, self.negatives))
            yield {
                "user_index": users,
                "item_index": self.items[batch],
                "value": self.values[batch],
                "negatives": negatives.reshape(len(batch), self.negatives),
                "seed": np.full(len(batch), self.random.integers(1 << 62)),
            }

    def sample_negatives(self, users: np.ndarray) -> np.ndarray:
        """One item for each of `users` int64 [n], among the items that the user is not known to have.

        A user who is known to have every item (that can be drawn) gets any item: int64 [n].
        """
        items = self._draw(len(users))
        pending = np.flatnonzero(self._is_known(users, items) & ~self.has_everything[users])
        for _ in range(MOST_DRAWS):
            if not len(pending):
                break
            items[pending] = self._draw(len(pending))
            pending = pending[self._is_known(users[pending], items[pending])]
        for place in pending:  # so much is known to these users that drawing rarely meets the rest
            known = self.interactions.matrix[users[place]].indices
            items[place] = self.random.choice(np.setdiff1d(self.drawable, known))
        return items

    def _draw(self, count: int) -> np.ndarray:
        """Items, uniform or as often as they were touched: the item of a random interaction."""
        if self.popular:
            return self.items[self.random.integers(len(self.items), size=count)]
        return self.random.integers(self.interactions.items, size=count)

    def _is_known(self, users: np.ndarray, items: np.ndarray) -> np.ndarray:
        cells = users * self.interactions.items + items
        positions = np.minimum(np.searchsorted(self.known, cells), len(self.known) - 1)
        return self.known[positions] == cells

    def _order(self) -> np.ndarray:
        shuffled = self.random.permutation(len(self.values))
        if self.by_user:
            anchors, count = self.users, self.interactions.users
        elif self.by_item:
            anchors, count = self.items, self.interactions.items
        else:
            return shuffled
        rank = self.random.permutation(count)
        return shuffled[np.argsort(rank[anchors[shuffled]], kind="stable")]
