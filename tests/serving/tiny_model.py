"""A recommender small enough to compute by hand, exported with the five signatures of a pushed model.

item vectors: a = (1, 0), b = (0, 1), c = (1, 1), d = (2, 1)
popular in the order a, b, c, d with scores 4, 3, 2, 1
ann  = (1, 2): a 1, b 2, c 3, d 4, has seen d, so: c 3, b 2, a 1
bob  = (3, 1): a 3, b 1, c 4, d 7, has seen a, so: d 7, c 4, b 1
a history is the sum of value * item vector; every score is multiplied by `scale`
"""

from pathlib import Path

import numpy as np
import tensorflow as tf

from serving.warmup import write_warmup_requests

ITEMS = ["a", "b", "c", "d"]
USERS = ["ann", "bob"]
UNKNOWN = -1

_Ids = tf.TensorSpec([None], tf.string)
_Counts = tf.TensorSpec([None], tf.int32)

WARMUP = {
    "serving_default": {"examples": np.array([b""], object)},
    "score": {"user_id": np.array(["ann"]), "item_id": np.array(["a"])},
    "recommend": {"user_id": np.array(["ann"]), "k": np.array([2], np.int32)},
    "similar_items": {"item_id": np.array(["a"]), "k": np.array([2], np.int32)},
}


class TinyRecommender(tf.Module):
    """The model above; `folder` is where the vocabulary file is written before it becomes an asset."""

    def __init__(self, folder: Path, scale: float) -> None:
        super().__init__()
        vocabulary = folder / "items.txt"
        vocabulary.write_text("\n".join(ITEMS) + "\n")
        keys, numbers = tf.lookup.TextFileIndex.WHOLE_LINE, tf.lookup.TextFileIndex.LINE_NUMBER
        self.item_index = tf.lookup.StaticHashTable(
            tf.lookup.TextFileInitializer(str(vocabulary), tf.string, keys, tf.int64, numbers), UNKNOWN
        )
        self.user_index = tf.lookup.StaticHashTable(
            tf.lookup.KeyValueTensorInitializer(USERS, tf.range(len(USERS), dtype=tf.int64)), UNKNOWN
        )
        self.item_ids = tf.Variable(ITEMS, trainable=False)
        self.item_vectors = tf.Variable([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0], [2.0, 1.0]])
        self.user_vectors = tf.Variable([[1.0, 2.0], [3.0, 1.0]])
        self.popularity = tf.Variable([4.0, 3.0, 2.0, 1.0])
        self.seen = tf.Variable([[False, False, False, True], [True, False, False, False]])
        self.scale = tf.Variable(scale)

    @tf.function(input_signature=[tf.TensorSpec([None], tf.string, name="examples")])
    def serving_default(self, examples):
        features = {"user_id": tf.io.FixedLenFeature([], tf.string, "")} | {
            "candidate_ids": tf.io.RaggedFeature(tf.string)
        }
        parsed = tf.io.parse_example(examples, features)
        users = tf.gather(self.user_vectors, tf.maximum(self.user_index.lookup(parsed["user_id"]), 0))
        candidates = tf.maximum(self.item_index.lookup(parsed["candidate_ids"].to_tensor("a")), 0)
        vectors = tf.gather(self.item_vectors, candidates)
        return {"scores": tf.einsum("bd,bcd->bc", users, vectors) * self.scale}

    @tf.function(input_signature=[_Ids, _Ids])
    def score(self, user_id, item_id):
        users = tf.gather(self.user_vectors, tf.maximum(self.user_index.lookup(user_id), 0))
        items = tf.gather(self.item_vectors, tf.maximum(self.item_index.lookup(item_id), 0))
        return {"score": tf.reduce_sum(users * items, axis=1) * self.scale}

    @tf.function(input_signature=[_Ids, _Counts])
    def recommend(self, user_id, k):
        index = self.user_index.lookup(user_id)
        row = tf.maximum(index, 0)
        return self._ranked(tf.gather(self.user_vectors, row), tf.gather(self.seen, row), index >= 0, k)

    @tf.function(
        input_signature=[
            tf.TensorSpec([None, None], tf.string),
            tf.TensorSpec([None, None], tf.float32),
            _Counts,
        ]
    )
    def recommend_from_history(self, item_ids, values, k):
        one_hot = tf.one_hot(self.item_index.lookup(item_ids), len(ITEMS))
        values = tf.where(tf.math.is_nan(values), 1.0, values)
        vectors = tf.reduce_sum(one_hot * values[:, :, None], axis=1) @ self.item_vectors
        seen = tf.reduce_any(one_hot > 0, axis=1)
        return self._ranked(vectors, seen, tf.reduce_any(seen, axis=1), k)

    @tf.function(input_signature=[_Ids, _Counts])
    def similar_items(self, item_id, k):
        index = self.item_index.lookup(item_id)
        seen = tf.one_hot(index, len(ITEMS), on_value=True, off_value=False, dtype=tf.bool)
        return self._ranked(tf.gather(self.item_vectors, tf.maximum(index, 0)), seen, index >= 0, k)

    def _ranked(self, vectors, seen, known, k):
        scores = tf.linalg.matmul(vectors, self.item_vectors, transpose_b=True)
        scores = tf.where(known[:, None], tf.where(seen, -np.inf, scores), self.popularity[None]) * self.scale
        values, indices = tf.math.top_k(scores, tf.minimum(tf.reduce_max(k), len(ITEMS)))
        wanted = (tf.range(tf.shape(values)[1])[None] < k[:, None]) & tf.math.is_finite(values)
        return {
            "item_id": tf.where(wanted, tf.gather(self.item_ids, indices), ""),
            "score": tf.where(wanted, values, 0.0),
            "known": known,
        }


def export(version_folder: Path, scale: float = 1.0, fold_in: bool = True, warmup: bool = True) -> Path:
    """Writes the model as a SavedModel; `fold_in` False leaves `recommend_from_history` out."""
    version_folder.parent.mkdir(parents=True, exist_ok=True)
    model = TinyRecommender(version_folder.parent, scale)
    names = ["serving_default", "score", "recommend", "similar_items"]
    names += ["recommend_from_history"] if fold_in else []
    signatures = {name: getattr(model, name) for name in names}
    tf.saved_model.save(model, str(version_folder), signatures=signatures)
    if warmup:
        write_warmup_requests(version_folder, WARMUP)
    return version_folder
