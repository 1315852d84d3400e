"""A server over a model of autoncf: its graph has to bear what the tiny one bears."""

import grpc
import hypothesis.strategies as st
import numpy as np
import pytest
import tensorflow as tf
from hypothesis import HealthCheck, given, settings
from tensorflow_serving.apis import prediction_service_pb2_grpc

from models.examples import read_interactions
from models.export import export
from models.preparation import make_recommender
from models.presets import PRESETS
from models.settings import ServingSettings
from serving.server import EmbeddedServer
from tests.models.transforming import transformed
from tests.serving.predict_requests import answer, history, predict_request, recommend, strings

TRAIN = {"ann": {"a": 5.0, "b": 3.0}, "bob": {"a": 4.0, "c": 1.0}, "cat": {"a": 2.0, "b": 4.0, "d": 5.0}}
INVALID = grpc.StatusCode.INVALID_ARGUMENT

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def predictions(tmp_path_factory):
    folder = tmp_path_factory.mktemp("exported")
    transform = transformed(folder, "explicit", TRAIN, {"ann": {"c": 4.0}})
    interactions = read_interactions([str(folder / "train.gz")], (3, 4))
    model = make_recommender(PRESETS["u-autorec"], interactions, True, seed=1)
    export(
        model, interactions, transform, ServingSettings(max_k=3), {"rmse": 0.5}, str(folder / "served" / "1")
    )
    with (
        EmbeddedServer(folder / "served", port=0, poll_seconds=600) as server,
        grpc.insecure_channel(server.address, [("grpc.enable_http_proxy", 0)]) as channel,
    ):
        yield prediction_service_pb2_grpc.PredictionServiceStub(channel)


def example(**features):
    """A serialised tf.Example of lists of bytes or floats; empty ones are absent."""
    message = tf.train.Example()
    for name, values in features.items():
        if values:
            feature = message.features.feature[name]
            (feature.bytes_list if isinstance(values[0], bytes) else feature.float_list).value.extend(values)
    return message.SerializeToString(deterministic=True)  # test ids are made of it


def scores(*examples):
    array = strings(len(examples))
    array[:] = examples
    return predict_request("", examples=array)


ANN = example(user_id=[b"ann"], item_ids=[b"a"], values=[5.0], candidate_ids=[b"c", b"d"])
NEW = example(user_id=[b"new"], item_ids=[b"a"], values=[5.0], candidate_ids=[b"c", b"d"])


def assert_answers(predictions):
    """Bob has had a and c; b and d are left."""
    outputs = answer(predictions, recommend(np.array(["bob"]), np.array([3], np.int32)))
    assert {*outputs["item_id"][0]} == {b"b", b"d", b""}
    assert outputs["known"] == [True]


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"\xff\xff",
        example(candidate_ids=[b"c"]),
        example(user_id=[b"ann", b"bob"], candidate_ids=[b"c"]),
        example(user_id=[1.0], candidate_ids=[b"c"]),
        example(user_id=[b"ann"], item_ids=[1.0]),
    ],
)
def test_example_that_the_schema_does_not_allow_is_refused(predictions, text):
    code, sentence = answer(predictions, scores(ANN, text))
    assert code is INVALID
    assert sentence.startswith('signature "serving_default": ')
    assert "\n" not in sentence
    assert_answers(predictions)


@pytest.mark.parametrize(
    "text",
    [
        example(user_id=[b"ann"]),
        example(user_id=[b"ann"], item_ids=[b"a"], values=[5.0, 1.0], candidate_ids=[b"c"]),
        example(user_id=[b"ann"], item_ids=[b"a", b"b"], values=[5.0], candidate_ids=[b"c"]),
        example(user_id=[b"\xff"], candidate_ids=[b"\xff", b""]),
        example(user_id=[b"ann"], item_ids=[b"a"], values=[np.nan], candidate_ids=[b"c"]),
        example(user_id=[b"ann"], item_ids=[b"a"] * 2, values=[np.inf] * 2, candidate_ids=[b"c"] * 3),
    ],
)
def test_example_of_odd_values_changes_no_other_row(predictions, text):
    expected = answer(predictions, scores(NEW))["scores"][0]
    both = answer(predictions, scores(text, NEW))["scores"]
    assert both[1][:2] == pytest.approx(expected)


@pytest.mark.parametrize(
    ("request_", "sentence"),
    [
        (
            recommend(k=np.array([4], np.int32)),
            'signature "recommend": input k should be between 1 and 3. Received: 4',
        ),
        (
            history([["", ""]]),
            'signature "recommend_from_history": a history in item_ids is empty: '
            "give at least one item in each row",
        ),
        (
            history([["a"]], np.array([[np.inf]], np.float32)),
            'signature "recommend_from_history": input values should be finite, or nan for an item that was '
            "liked. Received: inf",
        ),
    ],
)
def test_refusals_are_those_of_the_model_s_own_limits(predictions, request_, sentence):
    assert answer(predictions, request_) == (INVALID, sentence)
    assert_answers(predictions)


def test_history_of_unknown_items_alone_gets_what_is_popular(predictions):
    """All three users have a."""
    outputs = answer(predictions, history([["new", "newer"]]))
    assert outputs == {"item_id": [[b"a"]], "score": [[1.0]], "known": [False]}


_IDS = st.sampled_from([b"ann", b"a", b"b", b"c", b"d"]) | st.binary(max_size=3)


@settings(derandomize=True, deadline=None, database=None, suppress_health_check=list(HealthCheck))
@given(
    st.lists(st.tuples(_IDS, st.floats(width=32)), max_size=6),
    st.lists(_IDS, max_size=6),
    st.lists(_IDS, min_size=1, max_size=2),
)
def test_every_example_is_answered(predictions, items, candidates, users):
    text = example(
        user_id=users,
        item_ids=[item for item, _ in items],
        values=[value for _, value in items],
        candidate_ids=candidates,
    )
    outcome = answer(predictions, scores(text))
    if len(users) == 1:
        assert np.shape(outcome["scores"]) == (1, len(candidates))
    else:
        assert outcome[0] is INVALID


@settings(derandomize=True, deadline=None, database=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.tuples(_IDS, st.floats(width=32, allow_infinity=False)), min_size=1, max_size=6))
def test_every_history_is_answered(predictions, items):
    ids = strings(1, len(items))
    ids[0] = [item for item, _ in items]
    outcome = answer(predictions, history(ids, np.array([[value for _, value in items]], np.float32)))
    if isinstance(outcome, tuple):
        assert outcome[0] is INVALID  # no text, or none but empty ids
    else:
        assert len(outcome["item_id"][0]) == 1
