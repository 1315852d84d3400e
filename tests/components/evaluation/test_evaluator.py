"""The metrics and the EvalConfig through the real Evaluator, against models.metrics on the same lists."""

from types import SimpleNamespace

import numpy as np
import pytest
import tensorflow as tf
import tensorflow_model_analysis as tfma
from google.protobuf import text_format
from tensorflow_metadata.proto.v0 import schema_pb2

from components.evaluation.eval_config import ranking_eval_config
from components.evaluation.results import read_champion_metrics, read_metrics, read_sliced_metrics
from components.evaluation.settings import Bounds, EvaluationSettings
from components.evaluation.verdict import reasons
from tests.components.evaluation.scoring import expected, make_lists, serialised


@pytest.mark.parametrize(("feedback", "champion"), [("implicit", None), ("implicit", 5), ("explicit", 5)])
def test_agrees_with_numpy_on_lists_of_every_length(evaluate, feedback, champion):
    lists = make_lists(range(41), one_relevant=feedback == "implicit")
    uri, _ = evaluate(lists, feedback, challenger=3, champion=champion)
    assert read_metrics(uri) == pytest.approx(expected(lists, 3, feedback), abs=1e-6)
    if champion is not None:
        assert read_champion_metrics(uri) == pytest.approx(expected(lists, champion, feedback), abs=1e-6)
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


def test_blessing_by_error(evaluate):
    rating = SimpleNamespace(user=0, items=[1], labels=[0.0], activity="1-9")  # scored 3/17
    settings = EvaluationSettings(thresholds={"rmse": Bounds(upper_bound=0.17)})
    uri, blessed = evaluate([rating], "explicit", challenger=3, settings=settings)
    assert not blessed
    assert reasons(uri) == [
        "rmse over all users is 0.1765, more than the upper_bound 0.17 of evaluation.thresholds"
    ]
    assert read_champion_metrics(uri) is None


def test_blessing_by_ranking_looks_at_all_users_together(evaluate):
    """One group of users with a hit rate of 0 does not stop a model whose overall hit rate suffices."""
    good = SimpleNamespace(user=0, items=[0, 2], labels=[0, 1], activity="1-9")
    bad = SimpleNamespace(user=0, items=[0, 2], labels=[1, 0], activity="10-99")
    settings = EvaluationSettings(top_k=1, thresholds={"hr_at_1": Bounds(lower_bound=0.7)})
    uri, blessed = evaluate([good, good, good, bad], "implicit", 3, 5, settings)
    assert blessed
    assert read_sliced_metrics(uri)["user_activity=10-99"]["hr_at_1"] == 0
    assert reasons(uri) == []


def test_nothing_to_rank_is_never_blessed(evaluate):
    irrelevant = SimpleNamespace(user=0, items=[1], labels=[0], activity="0")
    uri, blessed = evaluate([irrelevant], "implicit", challenger=3)
    assert not blessed
    assert np.isnan(read_metrics(uri)["hr_at_10"])
    assert reasons(uri) == [
        "hr_at_10 over all users is not a number",
        "ndcg_at_10 over all users is not a number",
    ]


def test_nobody_to_evaluate_on(evaluate):
    uri, blessed = evaluate([], "implicit", challenger=3, champion=5)
    assert not blessed
    assert read_metrics(uri) == {}
    assert reasons(uri) == ["nobody in the test split has anything to evaluate the model on"]


def test_run_model_analysis_with_labels_described_by_a_schema(models, tmp_path):
    """The same metrics through TFMA's own entry point, on the batches of its schema-aware reader."""
    lists = make_lists([0, 3, 40, 1, 0], one_relevant=True)
    data = f"{tmp_path}/examples.gz"
    with tf.io.TFRecordWriter(data, options="GZIP") as writer:
        for one in lists:
            writer.write(serialised(one))
    config = ranking_eval_config("implicit", EvaluationSettings(slice_features=()))
    model = tfma.default_eval_shared_model(f"{models[3].uri}/Format-Serving", eval_config=config)
    schema_text = 'feature { name: "labels" type: FLOAT } feature { name: "candidate_ids" type: BYTES }'
    schema = text_format.Parse(schema_text, schema_pb2.Schema())
    tfma.run_model_analysis(model, config, data, output_path=f"{tmp_path}/out", schema=schema)
    assert read_metrics(f"{tmp_path}/out") == pytest.approx(expected(lists, 3, "implicit"), abs=1e-6)
