"""CFNet as its authors write it: every pair takes a whole row and a whole column out of dense matrices.

After `CFNet.py` of Deng et al., "DeepCF: A Unified Framework of Representation Learning and Matching Function
Learning in Recommender System", AAAI 2019, in today's Keras.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import tensorflow as tf
import tf_keras

from models.holdout import Holdout
from models.interactions import Interactions
from models.metrics import mean_hit_rate, mean_ndcg

USER_SIZES = (512, 64)
ITEM_SIZES = (1024, 64)
MLP_SIZES = (512, 256, 128, 64)
BATCH_SIZE = 256
NEGATIVES_PER_POSITIVE = 4


class DenseCFNet:
    """The model and its batches.

    Args:
        interactions: the positives.
        optimizer: of the binary cross-entropy.
        activation: of the towers' layers behind the first one, which is linear as the authors have it, unless
            `first_activation` says otherwise.
        batch_size: pairs per step.
        seed: of initial weights, order and negatives.
    """

    def __init__(
        self,
        interactions: Interactions,
        optimizer: tf_keras.optimizers.Optimizer,
        activation: str = "relu",
        first_activation: str = "linear",
        batch_size: int = BATCH_SIZE,
        seed: int = 1,
    ):
        tf_keras.utils.set_random_seed(seed)
        self.interactions = interactions
        self.batch_size = batch_size
        self.users, self.items, _ = interactions.pairs()
        self.dense = interactions.matrix.toarray()
        self.random = np.random.default_rng(seed)
        self.model = _model(self.dense, activation, first_activation)
        self.model.compile(optimizer=optimizer, loss="binary_crossentropy")
        signature = ({"user": _INDEX, "item": _INDEX}, tf.TensorSpec([None], tf.float32))
        self.batches = tf.data.Dataset.from_generator(self._epoch, output_signature=signature).prefetch(2)

    def train_epoch(self) -> float:
        """One pass over all positives with new negatives; the mean loss."""
        return self.model.fit(self.batches, verbose=0).history["loss"][0]

    def evaluate(self, test: Holdout, top_k: int = 10) -> tuple[float, float]:
        """HR@K and NDCG@K, all lists scored in large batches."""
        users = np.repeat(test.user_indices, test.lengths)
        known = (users < self.interactions.users) & (test.item_indices < self.interactions.items)
        pairs = {"user": np.where(known, users, 0), "item": np.where(known, test.item_indices, 0)}
        scores = self.model.predict(pairs, batch_size=4096, verbose=0)[:, 0]
        scores = np.where(known, scores, -np.inf).astype(np.float32)
        return (
            mean_hit_rate(test.labels, scores, test.lengths, top_k),
            mean_ndcg(test.labels, scores, test.lengths, top_k),
        )

    def _epoch(self) -> Iterator[tuple[dict[str, np.ndarray], np.ndarray]]:
        repeated = np.repeat(self.users, NEGATIVES_PER_POSITIVE)
        users = np.concatenate([self.users, repeated])
        items = np.concatenate([self.items, self._negatives(repeated)])
        labels = np.zeros(len(users), np.float32)
        labels[: len(self.users)] = 1
        order = self.random.permutation(len(users))
        for start in range(0, len(order), self.batch_size):
            batch = order[start : start + self.batch_size]
            yield {"user": users[batch], "item": items[batch]}, labels[batch]

    def _negatives(self, users: np.ndarray) -> np.ndarray:
        items = self.random.integers(self.interactions.items, size=len(users))
        while (taken := self.dense[users, items] > 0).any():
            items[taken] = self.random.integers(self.interactions.items, size=taken.sum())
        return items


_INDEX = tf.TensorSpec([None], tf.int64)


def _model(dense: np.ndarray, activation: str, first_activation: str) -> tf_keras.Model:
    layers = tf_keras.layers
    user_matrix, item_matrix = tf.constant(dense), tf.constant(np.ascontiguousarray(dense.T))
    user, item = layers.Input([], dtype=tf.int64, name="user"), layers.Input([], dtype=tf.int64, name="item")
    user_row = layers.Lambda(lambda index: tf.gather(user_matrix, index))(user)
    item_row = layers.Lambda(lambda index: tf.gather(item_matrix, index))(item)

    representations = []
    for row, sizes in ((user_row, USER_SIZES), (item_row, ITEM_SIZES)):
        hidden = layers.Dense(sizes[0], activation=first_activation)(row)
        for units in sizes[1:]:
            hidden = layers.Dense(units, activation=activation)(hidden)
        representations.append(hidden)
    product = layers.Multiply()(representations)

    matching = layers.Concatenate()([layers.Dense(MLP_SIZES[0] // 2)(row) for row in (user_row, item_row)])
    for units in MLP_SIZES[1:]:
        matching = layers.Dense(units, activation="relu")(matching)

    score = layers.Dense(1, activation="sigmoid", kernel_initializer="lecun_normal")(
        layers.Concatenate()([product, matching])
    )
    return tf_keras.Model([user, item], score)
