"""The metrics and the EvalConfig through the real Evaluator, against models.metrics on the same lists."""

from types import SimpleNamespace

import numpy as np
import pytest
import tensorflow as tf
import tensorflow_model_analysis as tfma
from google.protobuf import text_format
from tensorflow_metadata.proto.v0 import schema_pb2
from tfx.components.evaluator.executor import Executor
from tfx.dsl.components.base.base_beam_executor import BaseBeamExecutor
from tfx.types import artifact_utils, standard_artifacts
from tfx.utils import proto_utils

from components.evaluation.eval_config import ranking_eval_config
from components.evaluation.results import read_metrics, read_sliced_metrics
from components.evaluation.settings import Bounds, EvaluationSettings
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


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    """Model artifacts by multiplier of the item's id."""

    def export(multiplier):
        artifact = standard_artifacts.Model()
        artifact.uri = str(tmp_path_factory.mktemp(f"model-{multiplier}"))
        model = IdScorer(multiplier)
        tf.saved_model.save(
            model, f"{artifact.uri}/Format-Serving", signatures={"serving_default": model.serve}
        )
        return artifact

    return {multiplier: export(multiplier) for multiplier in (3, 5)}


@pytest.fixture
def evaluate(models, tmp_path):
    """Runs the Evaluator's executor; answers the evaluation's address and whether the model was blessed."""

    def run(lists, feedback, challenger, champion=None, settings=None):
        examples = standard_artifacts.Examples()
        examples.uri = str(tmp_path)
        examples.split_names = artifact_utils.encode_split_names(["eval"])
        tf.io.gfile.makedirs(f"{tmp_path}/Split-eval")
        with tf.io.TFRecordWriter(f"{tmp_path}/Split-eval/examples.gz", options="GZIP") as writer:
            for one in lists:
                writer.write(serialised(one))
        evaluation, blessing = standard_artifacts.ModelEvaluation(), standard_artifacts.ModelBlessing()
        evaluation.uri, blessing.uri = f"{tmp_path}/evaluation", f"{tmp_path}/blessing"
        inputs = {"examples": [examples], "model": [models[challenger]], "baseline_model": []}
        if champion is not None:
            inputs["baseline_model"] = [models[champion]]
        config = proto_utils.proto_to_json(ranking_eval_config(feedback, settings))
        Executor(BaseBeamExecutor.Context(beam_pipeline_args=["--runner=DirectRunner"])).Do(
            inputs, {"evaluation": [evaluation], "blessing": [blessing]}, {"eval_config": config}
        )
        return evaluation.uri, bool(blessing.get_int_custom_property("blessed"))

    return run


@pytest.mark.parametrize(("feedback", "champion"), [("implicit", None), ("implicit", 5), ("explicit", 5)])
def test_agrees_with_numpy_on_lists_of_every_length(evaluate, feedback, champion):
    lists = make_lists(range(41), one_relevant=feedback == "implicit")
    uri, _ = evaluate(lists, feedback, challenger=3, champion=champion)
    assert read_metrics(uri) == pytest.approx(expected(lists, 3, feedback), abs=1e-6)
    sliced = read_sliced_metrics(uri)
    names = ["overall", "item_popularity=1-9", "user_activity=1-9", "user_activity=10-99"]
    assert list(sliced) == names
    for activity in ("1-9", "10-99"):
        group = [one for one in lists if one.activity == activity]
        assert sliced[f"user_activity={activity}"] == pytest.approx(expected(group, 3, feedback), abs=1e-6)


# Scores of the items 0, 1, 2 of user 0 are 0, 3, 6 (of 17) by multiplier 3 and 0, 5, 10 by multiplier 5.
def test_hand_computed(evaluate):
    lists = [
        SimpleNamespace(user=0, items=[0, 1, 2], labels=[0, 1, 0], activity="1-9"),  # rank 2
        SimpleNamespace(user=0, items=[2, 0], labels=[0, 1], activity="1-9"),  # rank 2
        SimpleNamespace(user=0, items=[2, 2], labels=[1, 0], activity="1-9"),  # rank 2: a tie
        SimpleNamespace(user=0, items=[1], labels=[1], activity="1-9"),  # rank 1
        SimpleNamespace(user=0, items=[1, 2], labels=[0, 0], activity="1-9"),  # does not count
    ]
    uri, blessed = evaluate(lists, "implicit", challenger=3, settings=EvaluationSettings(top_k=1))
    assert blessed
    assert read_metrics(uri) == pytest.approx({"hr_at_1": 1 / 4, "ndcg_at_1": 1 / 4})


RATING = [SimpleNamespace(user=0, items=[1], labels=[0.0], activity="1-9")]  # rmse 3/17 by 3, 5/17 by 5


@pytest.mark.parametrize(
    ("challenger", "champion", "settings", "blessed"),
    [
        (5, 5, {}, True),
        (5, 3, {"max_regression": 2.1 / 17}, True),
        (5, 3, {"max_regression": 1.9 / 17}, False),
        (3, None, {"thresholds": {"rmse": Bounds(upper_bound=2.9 / 17)}}, False),
        (3, 5, {"thresholds": {"rmse": Bounds(upper_bound=3.1 / 17)}}, True),
    ],
)
def test_blessing_by_error(evaluate, challenger, champion, settings, blessed):
    _, answer = evaluate(RATING, "explicit", challenger, champion, EvaluationSettings(**settings))
    assert answer is blessed


def test_blessing_by_ranking_looks_at_all_users_together(evaluate):
    """One group of users with a hit rate of 0 does not stop a model whose overall hit rate suffices."""
    good = SimpleNamespace(user=0, items=[0, 2], labels=[0, 1], activity="1-9")
    bad = SimpleNamespace(user=0, items=[0, 2], labels=[1, 0], activity="10-99")
    settings = EvaluationSettings(top_k=1, thresholds={"hr_at_1": Bounds(lower_bound=0.7)})
    uri, blessed = evaluate([good, good, good, bad], "implicit", 3, 5, settings)
    assert blessed
    assert read_sliced_metrics(uri)["user_activity=10-99"]["hr_at_1"] == 0


def test_nothing_to_rank_is_never_blessed(evaluate):
    irrelevant = SimpleNamespace(user=0, items=[1], labels=[0], activity="0")
    uri, blessed = evaluate([irrelevant], "implicit", challenger=3)
    assert not blessed
    assert np.isnan(read_metrics(uri)["hr_at_10"])


def test_run_model_analysis_with_labels_described_by_a_schema(models, tmp_path):
    """The same metrics through TFMA's own entry point, on the batches of its schema-aware reader."""
    lists = make_lists([0, 3, 40, 1, 0], one_relevant=True)
    data = f"{tmp_path}/examples.gz"
    with tf.io.TFRecordWriter(data, options="GZIP") as writer:
        for one in lists:
            writer.write(serialised(one))
    config = ranking_eval_config("implicit", EvaluationSettings(slice_features=()), with_baseline=False)
    model = tfma.default_eval_shared_model(f"{models[3].uri}/Format-Serving", eval_config=config)
    schema_text = 'feature { name: "labels" type: FLOAT } feature { name: "candidate_ids" type: BYTES }'
    schema = text_format.Parse(schema_text, schema_pb2.Schema())
    tfma.run_model_analysis(model, config, data, output_path=f"{tmp_path}/out", schema=schema)
    assert read_metrics(f"{tmp_path}/out") == pytest.approx(expected(lists, 3, "implicit"), abs=1e-6)
