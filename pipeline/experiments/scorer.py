"""What every model of an experiment can do, trained by gradients or not."""

from typing import Protocol

import numpy as np
import tensorflow as tf

from models.recommender import Recommender


class Scorer(Protocol):
    """A trained model."""

    def score(self, users: np.ndarray) -> np.ndarray:
        """Scores of every item: int64 [batch] user indices -> float [batch, items]; higher is better."""
        ...


class RecommenderScorer:
    """A trained structure.

    Args:
        model: its items are represented once, here.
    """

    def __init__(self, model: Recommender):
        self.model = model
        self.items = model.represent_items(tf.range(model.item_vectors.rows, dtype=tf.int64))

    def score(self, users: np.ndarray) -> np.ndarray:
        """Scores of every item: int64 [batch] user indices -> float [batch, items]."""
        return self.model.scores_of_all(self.model.represent_users(tf.constant(users)), self.items).numpy()
