"""Which ids can be learnt: those of the histories, and what is held out where that is analysed."""

import tensorflow as tf

from models.transform_graph import TransformGraph
from tests.models.transforming import index_of, transformed

TRAIN = {"ann": {"a": 5.0, "b": 3.0}, "bob": {"a": 4.0}}
# Nobody touched x; eve and the items d and e are new in eval.
EVAL = {"ann": {"d": 4.0, "x": 0.0}, "eve": {"e": 1.0, "a": 0.0}}


def vocabularies(folder, feedback):
    transform = transformed(folder, feedback, TRAIN, EVAL, analyze=["train", "eval"])
    return transform, {name: set(index_of(transform, name)) for name in ("users", "items")}


def test_implicit_negatives_stay_unknown(tmp_path):
    transform, found = vocabularies(tmp_path, "implicit")
    assert found == {"users": {"ann", "bob", "eve"}, "items": {"a", "b", "d", "e"}}

    # A server has the histories alone.
    raw = {"user_id": tf.constant([["eve"]]), "item_ids": tf.sparse.from_dense(tf.constant([["e", "x"]]))}
    features = TransformGraph(transform)(raw, tf.constant(1, tf.int64))
    assert features["user_index"].numpy().tolist() == [[index_of(transform, "users")["eve"]]]
    assert features["item_indices"].values.numpy().tolist() == [index_of(transform, "items")["e"], 4]


def test_a_held_out_rating_of_zero_makes_its_item_known(tmp_path):
    _, found = vocabularies(tmp_path, "explicit")
    assert found["items"] == {"a", "b", "d", "e", "x"}
