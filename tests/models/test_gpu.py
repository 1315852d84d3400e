"""Training on real GPUs, where there are some, against the CPU."""

import json
import os
import subprocess
import sys

import pytest
import tensorflow as tf

SCRIPT = """
import json
import models
import tensorflow as tf
from models.preparation import prepare
from models.presets import PRESETS
from models.settings import TrainSettings
from tests.models.conftest import planted, small

def losses(name):
    settings = TrainSettings(epochs=4, learning_rate=0.01, batch_size=500)
    prepared = prepare(small(PRESETS[name]), planted(), settings, "implicit")
    return prepared.model.fit(prepared.batches, epochs=4, verbose=0).history["loss"]

gpus = len(tf.config.list_logical_devices("GPU"))
print(json.dumps([gpus, {name: losses(name) for name in ("gmf", "cfnet-rl", "autoncf")}]))
"""


def trained(environment):
    """The number of GPUs in the process, and by preset the losses of its epochs."""
    command = [sys.executable, "-c", SCRIPT]
    run = subprocess.run(command, env=os.environ | environment, capture_output=True, text=True, timeout=300)
    assert run.returncode == 0, run.stderr[-4000:]
    return json.loads(run.stdout.splitlines()[-1])


@pytest.mark.slow
def test_gpus_train_to_the_loss_of_the_cpu():
    if not tf.config.list_physical_devices("GPU"):
        pytest.skip("TensorFlow sees no GPU here")
    gpus, on_gpus = trained({})
    cpu, on_cpu = trained({"CUDA_VISIBLE_DEVICES": "-1"})
    assert (gpus > 0, cpu) == (True, 0)
    for name, losses in on_cpu.items():
        assert losses[-1] < losses[0], name
        # The matrix products of recent GPUs round their factors to ten bits.
        assert on_gpus[name] == pytest.approx(losses, rel=0.01), name
