"""A model whose scores are known, and lists of candidates to score."""

from types import SimpleNamespace

import numpy as np
import tensorflow as tf

from models import metrics

STEPS = 17  # few different scores, so that ties are common


class IdScorer(tf.Module):
    """Scores candidate "<n>" of user "<m>" with ((7 m + multiplier n) mod 17) / 17, padded with 0."""

    def __init__(self, multiplier):
        super().__init__()
        self._multiplier = multiplier

    @tf.function(input_signature=[tf.TensorSpec([None], tf.string, name="examples")])
    def serve(self, examples):
        features = tf.io.parse_example(
            examples,
            {
                "user_id": tf.io.FixedLenFeature([], tf.string),
                "candidate_ids": tf.io.RaggedFeature(tf.string),
            },
        )
        users = tf.strings.to_number(features["user_id"], tf.int32)
        candidates = features["candidate_ids"]
        items = tf.strings.to_number(candidates.flat_values, tf.int32)
        steps = (7 * tf.gather(users, candidates.value_rowids()) + self._multiplier * items) % STEPS
        scores = tf.cast(steps, tf.float32) / STEPS
        return {"scores": candidates.with_flat_values(scores).to_tensor(0.0)}


def score(user, item, multiplier):
    return np.float32((7 * user + multiplier * item) % STEPS) / np.float32(STEPS)


def make_lists(lengths, one_relevant):
    """Lists with hand-made labels: one relevant item each, or ratings from 1 to 5."""
    generator = np.random.default_rng(7)
    lists = []
    for user, length in enumerate(lengths):
        labels = np.eye(1, length, length // 2)[0] if one_relevant else generator.integers(1, 6, length)
        activity = "1-9" if user % 3 else "10-99"
        lists.append(SimpleNamespace(user=user, items=range(length), labels=labels, activity=activity))
    return lists


def serialised(one):
    def text(values):
        return tf.train.Feature(
            bytes_list=tf.train.BytesList(value=[str(value).encode() for value in values])
        )

    features = {
        "user_id": text([one.user]),
        "candidate_ids": text(one.items),
        "labels": tf.train.Feature(float_list=tf.train.FloatList(value=one.labels)),
        "user_activity": text([one.activity]),
        "item_popularity": text(["1-9"]),
    }
    return tf.train.Example(features=tf.train.Features(feature=features)).SerializeToString()


def expected(lists, multiplier, feedback):
    labels = np.concatenate([one.labels for one in lists])
    scores = np.array([score(one.user, item, multiplier) for one in lists for item in one.items])
    if feedback == "explicit":
        return {"rmse": metrics.rmse(labels, scores)}
    lengths = [len(one.items) for one in lists]
    return {
        "hr_at_10": metrics.mean_hit_rate(labels, scores, lengths, 10),
        "ndcg_at_10": metrics.mean_ndcg(labels, scores, lengths, 10),
    }
