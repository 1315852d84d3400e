"""Which strategy training is given, and what TF_CONFIG may say."""

import json

import pytest
import tensorflow as tf

from models.devices import Devices, training_devices
from models.errors import UserError
from models.workers import VARIABLE, Workers

BOTH = {"chief": ["one:2222"], "worker": ["two:2222", "three:2222"]}


def task(kind, index, cluster=BOTH):
    return json.dumps({"cluster": cluster, "task": {"type": kind, "index": index}, "environment": "cloud"})


@pytest.fixture
def fresh(monkeypatch):
    """Selects the devices anew, here and in the tests to come."""
    monkeypatch.delenv(VARIABLE, raising=False)
    training_devices.cache_clear()
    yield
    training_devices.cache_clear()


@pytest.mark.parametrize(
    ("text", "workers"),
    [
        ("", Workers(1, True)),
        (task("chief", 0), Workers(3, True)),
        (task("worker", 0), Workers(3, False)),
        (task("worker", 1), Workers(3, False)),
        (task("worker", 0, {"worker": ["one:2222", "two:2222"]}), Workers(2, True)),  # worker 0 is the chief
        (task("worker", 0, {"worker": ["one:2222"]}), Workers(1, True)),
    ],
)
def test_workers_are_those_of_tf_config(monkeypatch, text, workers):
    monkeypatch.setenv(VARIABLE, text)
    assert Workers.of_environment() == workers


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("two workers", r"TF_CONFIG: Invalid JSON: .* It has to look like \{"),
        ("{}", "TF_CONFIG: cluster: Field required"),
        (json.dumps({"cluster": BOTH}), "TF_CONFIG: task: Field required"),
        (task("worker", "first"), "TF_CONFIG: task.index: Input should be a valid integer"),
        (
            task("worker", 0, {"worker": "one:2222"}),
            "TF_CONFIG: cluster.worker: Input should be a valid array",
        ),
        (task("worker", 0, {"worker": []}), "TF_CONFIG: cluster.worker: List should have at least 1 item"),
        (task("worker", 2), '"worker" 2, counted from 0, but its cluster has 2 of "worker"'),
        (task("chief", 0, {"worker": ["one:2222"]}), 'its cluster has 0 of "chief"'),
        (task("evaluator", 0), 'TF_CONFIG names "evaluator", but this training knows "chief" and "worker"'),
        (task("worker", 0, BOTH | {"ps": ["four:2222"]}), 'names "ps", .* without parameter servers'),
        (task("chief", 1, {"chief": ["one:2222", "two:2222"]}), "TF_CONFIG names 2 chiefs; there can be one"),
    ],
)
def test_a_wrong_tf_config_is_refused(monkeypatch, text, sentence):
    monkeypatch.setenv(VARIABLE, text)
    with pytest.raises(UserError, match=sentence):
        Workers.of_environment()


@pytest.mark.parametrize("gpus", [0, 1])
def test_one_device_is_left_to_tensorflow(fresh, monkeypatch, gpus):
    monkeypatch.setattr(tf.config, "list_logical_devices", lambda kind: ["GPU"] * gpus)
    devices = training_devices()
    assert devices.strategy is tf.distribute.get_strategy()
    assert (devices.spread, devices.workers) == (False, Workers())
    assert devices.of_chief({"loss": 1.5}) == {"loss": 1.5}


def test_workers_that_come_after_tensorflow_are_refused(fresh, monkeypatch):
    tf.constant(0)
    monkeypatch.setenv(VARIABLE, task("worker", 0, {"worker": ["localhost:1", "localhost:2"]}))
    with pytest.raises(UserError, match="TF_CONFIG names several workers, but TensorFlow was used"):
        training_devices()


def test_a_worker_whose_port_is_taken_says_so(fresh, monkeypatch):
    def taken():
        raise tf.errors.UnknownError(None, None, "Could not start gRPC server")

    monkeypatch.setenv(VARIABLE, task("chief", 0))
    monkeypatch.setattr(tf.distribute, "MultiWorkerMirroredStrategy", taken)
    with pytest.raises(UserError, match=r"cannot listen .* \(Could not start gRPC server\). Take a port"):
        training_devices()


@pytest.mark.parametrize(("count", "expected"), [(1, tf.errors.UnavailableError), (3, UserError)])
def test_the_end_of_another_worker_is_said(count, expected):
    devices = Devices(tf.distribute.get_strategy(), Workers(count, True))
    sentence = "Socket closed" if count == 1 else "Another of the 3 workers"
    with pytest.raises(expected, match=sentence), devices.together():
        raise tf.errors.UnavailableError(None, None, "Collective ops is aborted by: Socket closed")
