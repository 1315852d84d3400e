"""Which strategy training is given, and what TF_CONFIG may say."""

import json
from unittest import mock

import pytest
import tensorflow as tf

from models import devices as devices_module
from models.devices import ENDS_OF_OTHERS, Devices, training_devices
from models.errors import UserError
from models.workers import VARIABLE, Workers

BOTH = {"chief": ["one:2222"], "worker": ["two:2222", "three:2222"]}


def task(kind, index, cluster=BOTH):
    return json.dumps({"cluster": cluster, "task": {"type": kind, "index": index}, "environment": "cloud"})


@pytest.fixture
def fresh(monkeypatch):
    """Selects the devices anew, here and in the tests to come."""
    for variable in (VARIABLE, "CUDA_VISIBLE_DEVICES", "NVIDIA_VISIBLE_DEVICES"):
        monkeypatch.delenv(variable, raising=False)
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
        (task("worker", 1, {"worker": ["[::1]:1", "a-b.c.svc:65535"]}), Workers(2, False)),
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
        *(
            (
                task("worker", 0, {"worker": ["one:1", wrong]}),
                f'TF_CONFIG names "{wrong}", which is not HOST:PORT',
            )
            for wrong in (
                "two",
                "two:",
                ":2",
                "two:x1",
                "two:0",
                "two:65536",
                "http://two:2",
                "two:2 ",
                "::1:2",
            )
        ),
        (
            task("chief", 0, {"chief": ["one:1"], "worker": ["two:1", "one:1"]}),
            'TF_CONFIG names "one:1" twice',
        ),
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


@pytest.mark.parametrize("end", ENDS_OF_OTHERS)
@pytest.mark.parametrize("count", [1, 3])
def test_the_end_of_another_worker_is_said(count, end):
    devices = Devices(tf.distribute.get_strategy(), Workers(count, True))
    expected, sentence = (end, "Socket closed") if count == 1 else (UserError, "Another of the 3 workers")
    with pytest.raises(expected, match=sentence), devices.together():
        raise end(None, None, "Collective ops is aborted by: Socket closed")


@pytest.mark.parametrize(
    "error",
    [
        tf.errors.AbortedError(None, None, "unexpectedly tried to connect with a different incarnation"),
        tf.errors.InternalError(None, None, "Barrier failed from a task error."),
        RuntimeError("Timeout waiting for the cluster"),
    ],
)
def test_the_end_of_another_worker_that_is_looked_for_is_said(fresh, monkeypatch, error):
    monkeypatch.setenv(VARIABLE, task("chief", 0))
    monkeypatch.setattr(tf.distribute, "MultiWorkerMirroredStrategy", mock.Mock(side_effect=error))
    with pytest.raises(UserError, match="Another of the 3 workers in TF_CONFIG has ended"):
        training_devices()


@pytest.fixture
def no_gpu_file(monkeypatch, tmp_path):
    """A machine that has none, whatever the one of the tests has."""
    monkeypatch.setattr(devices_module, "GPU_DEVICE", tmp_path / "nvidia0")
    return tmp_path / "nvidia0"


def warnings(caplog):
    return [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]


@pytest.mark.parametrize(
    ("variables", "warned"),
    [
        ({}, False),
        ({"NVIDIA_VISIBLE_DEVICES": "void"}, False),
        ({"NVIDIA_VISIBLE_DEVICES": "none"}, False),
        ({"NVIDIA_VISIBLE_DEVICES": ""}, False),
        ({"NVIDIA_VISIBLE_DEVICES": "all"}, True),
        ({"NVIDIA_VISIBLE_DEVICES": "all", "CUDA_VISIBLE_DEVICES": "0"}, True),
        ({"NVIDIA_VISIBLE_DEVICES": "all", "CUDA_VISIBLE_DEVICES": "-1"}, False),  # hidden on purpose
    ],
)
def test_gpus_that_tensorflow_cannot_use_are_said(fresh, no_gpu_file, monkeypatch, caplog, variables, warned):
    monkeypatch.setattr(tf.config, "list_physical_devices", lambda kind: [])
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    training_devices()
    assert [message.partition(",")[0] for message in warnings(caplog)] == [
        "TensorFlow sees no GPU though there is one here"
    ] * warned


@pytest.mark.parametrize("seen", [0, 1])
def test_a_gpu_of_the_machine_is_said_unless_tensorflow_sees_it(
    fresh, no_gpu_file, monkeypatch, caplog, seen
):
    no_gpu_file.touch()
    monkeypatch.setattr(tf.config, "list_physical_devices", lambda kind: ["GPU"] * seen)
    training_devices()
    assert len(warnings(caplog)) == 1 - seen


def test_what_training_takes_is_logged(fresh, monkeypatch, caplog):
    monkeypatch.setattr(tf.config, "list_logical_devices", lambda kind: [])
    monkeypatch.setattr(tf.config, "list_physical_devices", lambda kind: [])
    caplog.set_level("INFO", "models.devices")
    devices = training_devices()
    assert training_devices() is devices
    assert [message for message in caplog.messages if "worker(s)" in message] == [
        "Training has 1 worker(s) and takes 1 device(s) in all; TensorFlow sees 0 GPU(s) here."
    ]
