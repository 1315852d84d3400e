"""Several devices, which TensorFlow can only be given before it is first used: in a process of their own."""

import json
import subprocess
import sys

import pytest

SCRIPT = """
import json, sys
import models
import tensorflow as tf
tf.config.set_logical_device_configuration(
    tf.config.list_physical_devices("CPU")[0], [tf.config.LogicalDeviceConfiguration()] * 2
)
from models import training
from models.presets import PRESETS
from models.settings import TrainSettings
from tests.models.conftest import planted
from tests.models.test_training import held_out

def train():
    settings = TrainSettings(epochs=4, learning_rate=0.01, batch_size=512)
    result = training.Trainer(PRESETS[sys.argv[1]], settings, "implicit").train(*held_out(planted()))
    return [epoch["loss"] for epoch in result.history]

one = train()
training._strategy = lambda: tf.distribute.MirroredStrategy(
    ["CPU:0", "CPU:1"], cross_device_ops=tf.distribute.ReductionToOneDevice()
)
print(json.dumps([one, train()]))
"""


@pytest.mark.slow
@pytest.mark.parametrize(("preset", "tolerance"), [("mf", 1e-3), ("cfnet-rl", 0.15)])
def test_two_devices_train_to_the_loss_of_one(preset, tolerance):
    # Interaction dropout draws other cells on two devices, so that inputs of cfnet-rl differ a little.
    run = subprocess.run(
        [sys.executable, "-c", SCRIPT, preset], capture_output=True, text=True, check=True, timeout=300
    )
    one, two = json.loads(run.stdout.splitlines()[-1])
    assert two == pytest.approx(one, rel=tolerance)
