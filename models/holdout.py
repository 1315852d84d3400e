"""The held-out candidates of the eval split, and how well a model ranks or rates them."""

import dataclasses

import numpy as np
import tensorflow as tf

from models.interactions import Interactions
from models.metrics import mean_hit_rate, mean_ndcg, rmse
from models.recommender import Recommender
from models.settings import Feedback

PAIRS_PER_BLOCK = 1 << 18


@dataclasses.dataclass(frozen=True)
class Holdout:
    """One list of candidates per user, the lists one after another.

    Attributes:
        user_indices: int64 [lists].
        lengths: int64 [lists].
        item_indices: int64 [sum of lengths]; those outside the known items are unknown ones.
        labels: float32 [sum of lengths]: ratings, or 1 for a held-out item and 0 for a negative.
    """

    user_indices: np.ndarray
    lengths: np.ndarray
    item_indices: np.ndarray
    labels: np.ndarray

    def interactions(self, shape: tuple[int, int], feedback: Feedback) -> Interactions:
        """The held-out interactions without the negatives, to be learnt from in the refit."""
        kept = np.ones(len(self.labels), bool) if feedback == "explicit" else self.labels > 0
        lists = np.repeat(np.arange(len(self.lengths)), self.lengths)[kept]
        lengths = np.bincount(lists, minlength=len(self.lengths))
        return Interactions.from_histories(
            self.user_indices, lengths, self.item_indices[kept], self.labels[kept], shape
        )

    def evaluate(self, model: Recommender, feedback: Feedback, top_k: int) -> dict[str, float]:
        """`rmse` of explicit feedback, otherwise `hr_at_K` and `ndcg_at_K`; nan without any list."""
        scores = self.score(model)
        if feedback == "explicit":
            return {"rmse": rmse(self.labels, scores)}
        return {
            f"hr_at_{top_k}": mean_hit_rate(self.labels, scores, self.lengths, top_k),
            f"ndcg_at_{top_k}": mean_ndcg(self.labels, scores, self.lengths, top_k),
        }

    def score(self, model: Recommender) -> np.ndarray:
        """The model's score of every candidate, float32 [sum of lengths]."""
        users = model.represent_users(tf.constant(self.user_indices))
        items, positions = np.unique(self.item_indices, return_inverse=True)
        item_representations = model.represent_items(tf.constant(items))
        lists = np.repeat(np.arange(len(self.lengths)), self.lengths)
        blocks = [np.empty(0, np.float32)]
        for start in range(0, len(lists), PAIRS_PER_BLOCK):
            block = slice(start, start + PAIRS_PER_BLOCK)
            user = tf.gather(users, lists[block])
            item = tf.gather(item_representations, positions[block])
            blocks.append(model.scores(user, item).numpy())
        return np.concatenate(blocks)
