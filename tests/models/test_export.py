"""The exported model behind a real Transform output, against the model in memory."""

from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf
import tensorflow_transform as tft
import tensorflow_transform.beam as tft_beam
from google.protobuf import text_format
from tensorflow_metadata.proto.v0 import schema_pb2
from tensorflow_transform.tf_metadata import dataset_metadata, metadata_io

from models.examples import read_holdout, read_interactions
from models.export import export
from models.preprocessing import preprocessing_fn
from models.presets import PRESETS
from models.recommender import Recommender
from models.scale import ValueScale
from schemas import schema_path
from serving.warmup import read_warmup_requests

# Item a is the most popular, then b and c; the vocabularies are in order of frequency, ties reversed by name.
TRAIN = {"ann": {"a": 5.0, "b": 3.0}, "bob": {"a": 4.0, "c": 1.0}, "cat": {"a": 2.0, "b": 4.0, "d": 5.0}}
EVAL = {"ann": {"c": 4.0, "zzz": 2.0}}


def raw(user, history, candidates=None):
    """The raw features of an Example."""
    candidates = candidates or {}
    return {
        "user_id": [user.encode()],
        "item_ids": [item.encode() for item in history],
        "values": [*history.values()],
        "candidate_ids": [item.encode() for item in candidates],
        "labels": [*candidates.values()],
    }


def example(user, history, candidates=None):
    """The same, serialised; empty features are absent."""

    def feature(values):
        if isinstance(values[0], bytes):
            return tf.train.Feature(bytes_list=tf.train.BytesList(value=values))
        return tf.train.Feature(float_list=tf.train.FloatList(value=values))

    present = {name: feature(values) for name, values in raw(user, history, candidates).items() if values}
    return tf.train.Example(features=tf.train.Features(feature=present)).SerializeToString()


def transformed(folder, feedback):
    """Runs the real preprocessing_fn over the two splits; the transform output."""
    schema = text_format.Parse(Path(schema_path(feedback)).read_text(), schema_pb2.Schema())
    features = [feature for feature in schema.feature if feature.name in raw("", {})]
    del schema.feature[:]
    schema.feature.extend(features)
    metadata = dataset_metadata.DatasetMetadata(schema)
    train = [raw(user, history) for user, history in TRAIN.items()]
    evaluation = [raw(user, TRAIN[user], held_out) for user, held_out in EVAL.items()]
    out = folder / "transform"
    with tft_beam.Context(temp_dir=str(folder / "tmp")):
        (train_out, out_metadata), transform_fn = (train, metadata) | tft_beam.AnalyzeAndTransformDataset(
            lambda inputs: preprocessing_fn(inputs, {"feedback": feedback})
        )
        eval_out, _ = ((evaluation, metadata), transform_fn) | tft_beam.TransformDataset()
        transform_fn | tft_beam.WriteTransformFn(str(out))
    coder = tft.coders.ExampleProtoCoder(out_metadata.schema)
    for split, rows in (("train", train_out), ("eval", eval_out)):
        with tf.io.TFRecordWriter(str(folder / f"{split}.gz"), "GZIP") as writer:
            for row in rows:
                writer.write(coder.encode(row))
    metadata_io.write_metadata(metadata, str(out / "metadata"))
    return tft.TFTransformOutput(str(out))


@pytest.fixture(scope="module", params=["explicit", "implicit"])
def exported(request, tmp_path_factory):
    """(feedback, model in memory, transform output, loaded SavedModel, its folder)."""
    folder = tmp_path_factory.mktemp(request.param)
    transform = transformed(folder, request.param)
    interactions = read_interactions([str(folder / "train.gz")], (3, 4))
    explicit = request.param == "explicit"
    scale = ValueScale.of_ratings(interactions.matrix.data) if explicit else ValueScale()
    model = Recommender(PRESETS["u-autorec"], interactions, scale, explicit)
    export(model, transform, 3, str(folder / "model"))
    return request.param, model, transform, tf.saved_model.load(str(folder / "model")), folder


def index_of(transform, name):
    return {value.decode(): index for index, value in enumerate(transform.vocabulary_by_name(name))}


def scores_in_memory(model):
    users, items = tf.range(3, dtype=tf.int64), tf.range(4, dtype=tf.int64)
    return model.scores_of_all(model.represent_users(users), model.represent_items(items)).numpy()


def test_transformed_examples_become_matrix_and_holdout(exported):
    feedback, _, transform, _, folder = exported
    users, items = index_of(transform, "users"), index_of(transform, "items")
    assert next(iter(items)) == "a"  # the vocabulary is in order of popularity
    matrix = read_interactions([str(folder / "train.gz")], (3, 4)).matrix
    for user, history in TRAIN.items():
        for item, value in history.items():
            assert matrix[users[user], items[item]] == (value if feedback == "explicit" else 1.0)
    holdout = read_holdout([str(folder / "eval.gz")])
    assert holdout.user_indices.tolist() == [users["ann"]]
    assert holdout.item_indices.tolist() == [items["c"], 4]
    assert holdout.labels.tolist() == [4.0, 2.0]


def test_scores_of_pairs_are_those_in_memory(exported):
    _, model, transform, loaded, _ = exported
    users, items = index_of(transform, "users"), index_of(transform, "items")
    answer = loaded.signatures["score"](user_id=tf.constant(["bob", "cat"]), item_id=tf.constant(["d", "a"]))[
        "score"
    ]
    expected = scores_in_memory(model)[[users["bob"], users["cat"]], [items["d"], items["a"]]]
    np.testing.assert_allclose(answer, expected, rtol=1e-5)


def test_candidates_are_scored_in_their_order_and_padded(exported):
    _, model, transform, loaded, _ = exported
    users, items = index_of(transform, "users"), index_of(transform, "items")
    examples = [
        example("ann", TRAIN["ann"], {"c": 1.0, "a": 0.0, "d": 0.0}),
        example("cat", TRAIN["cat"], {"c": 1.0}),
        example("bob", TRAIN["bob"]),
    ]
    scores = loaded.signatures["serving_default"](examples=tf.constant(examples))["scores"].numpy()
    expected = scores_in_memory(model)
    np.testing.assert_allclose(scores[0], expected[users["ann"], [items[i] for i in "cad"]], rtol=1e-5)
    np.testing.assert_allclose(scores[1], [expected[users["cat"], items["c"]], 0, 0], rtol=1e-5)
    np.testing.assert_array_equal(scores[2], [0, 0, 0])


def test_recommendations_leave_out_what_was_seen_and_cut_each_row_to_its_k(exported):
    _, model, transform, loaded, _ = exported
    users, items = index_of(transform, "users"), list(index_of(transform, "items"))
    answer = loaded.signatures["recommend"](
        user_id=tf.constant(["ann", "bob", "nobody"]), k=tf.constant([3, 1, 2])
    )
    ranked = {}
    for user in ("ann", "bob"):
        order = np.argsort(-scores_in_memory(model)[users[user]])
        ranked[user] = [items[i].encode() for i in order if items[i] not in TRAIN[user]]
    assert answer["item_id"].numpy().tolist() == [
        [*ranked["ann"], b""],  # two are left
        [ranked["bob"][0], b"", b""],
        [b"a", b"b", b""],  # the popular ones
    ]
    assert answer["known"].numpy().tolist() == [True, True, False]
    np.testing.assert_allclose(answer["score"][2], [1.0, 2 / 3, 0.0], rtol=1e-6)
    assert answer["score"][1, 1] == 0


def test_k_beyond_the_limit_is_cut_to_it(exported):
    answer = exported[3].signatures["recommend"](user_id=tf.constant(["nobody"]), k=tf.constant([50]))
    assert answer["item_id"].shape == (1, 3)


def test_the_history_of_a_known_user_gives_the_known_user(exported):
    loaded = exported[3]
    known = loaded.signatures["recommend"](user_id=tf.constant(["cat"]), k=tf.constant([2]))
    history = loaded.signatures["recommend_from_history"](
        item_ids=tf.constant([["d", "a", "b", ""], ["zzz", "", "", ""]]),
        values=tf.constant([[5.0, 2.0, 4.0, 0.0], [1.0, 0.0, 0.0, 0.0]]),
        k=tf.constant([2, 1]),
    )
    assert history["item_id"][0].numpy().tolist() == known["item_id"][0].numpy().tolist() == [b"c", b""]
    np.testing.assert_allclose(history["score"][0], known["score"][0], rtol=1e-5)
    assert history["known"].numpy().tolist() == [True, False]
    assert history["item_id"][1, 0] == b"a"


def test_a_history_without_values_was_liked(exported):
    fold_in = exported[3].signatures["recommend_from_history"]
    best = 5.0 if exported[0] == "explicit" else 1.0
    answers = [
        fold_in(item_ids=tf.constant([["c"]]), values=tf.constant([[value]]), k=tf.constant([3]))
        for value in (np.nan, best)
    ]
    np.testing.assert_array_equal(*(answer["score"] for answer in answers))


def test_similar_items_have_the_largest_cosine(exported):
    _, model, transform, loaded, _ = exported
    items = list(index_of(transform, "items"))
    table = model.represent_items(tf.range(4, dtype=tf.int64)).numpy()[:, : model.item_width]
    directions = table / np.linalg.norm(table, axis=1, keepdims=True)
    cosines = directions @ directions[items.index("b")]
    order = [items[i].encode() for i in np.argsort(-cosines) if items[i] != "b"]
    answer = loaded.signatures["similar_items"](item_id=tf.constant(["b", "zzz"]), k=tf.constant([3, 1]))
    assert answer["item_id"][0].numpy().tolist() == order
    assert answer["item_id"][1, 0] == b"a"
    assert answer["known"].numpy().tolist() == [True, False]


def test_structures_that_need_the_user_id_have_no_fold_in(exported, tmp_path):
    _, model, transform, _, _ = exported
    other = Recommender(PRESETS["i-autorec"], model_interactions(model), model.scale, model.biased)
    export(other, transform, 3, str(tmp_path))
    assert set(tf.saved_model.load(str(tmp_path)).signatures) == {
        "serving_default",
        "score",
        "recommend",
        "similar_items",
    }


def model_interactions(model):
    from scipy import sparse

    from models.interactions import Interactions

    vectors = model.user_vectors
    cells = (vectors.values.numpy(), vectors.column_indices.numpy(), vectors.row_splits.numpy())
    return Interactions(sparse.csr_matrix(cells, shape=(vectors.rows, vectors.columns)))


def test_every_signature_has_a_warm_up_request_that_it_answers(exported):
    _, _, _, loaded, folder = exported
    requests = list(read_warmup_requests(folder / "model"))
    assert {request.model_spec.signature_name for request in requests} == set(loaded.signatures)
    for request in requests:
        inputs = {name: tf.make_ndarray(tensor) for name, tensor in request.inputs.items()}
        signature = loaded.signatures[request.model_spec.signature_name]
        assert signature(**{name: tf.constant(value) for name, value in inputs.items()})
