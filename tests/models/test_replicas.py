"""Several devices, which TensorFlow can only be given before it is first used: in a process of their own."""

import json
import subprocess
import sys

import numpy as np
import pytest

SCRIPT = """
import json, sys
import models
import tensorflow as tf
import tf_keras
tf.config.set_visible_devices([], "GPU")
tf.config.set_logical_device_configuration(
    tf.config.list_physical_devices("CPU")[0], [tf.config.LogicalDeviceConfiguration()] * 2
)
from models.devices import training_devices
from models.presets import PRESETS
from models.settings import TrainSettings
from models.training import Trainer
from tests.models.conftest import planted, score_matrix, small

def train(name, interactions_per_step, replicas):
    structure = small(PRESETS[name])
    own_negatives = 0 if name == "autoncf" else structure.loss.negatives_per_positive
    settings = TrainSettings(
        epochs=4, learning_rate=0.01, batch_size=interactions_per_step * (1 + own_negatives)
    )
    history = tf_keras.callbacks.History()
    served = Trainer(structure, settings, "implicit").fit(planted(), 4, [history])  # 720 interactions
    assert history.model.distribute_strategy.num_replicas_in_sync == replicas
    assert served.distribute_strategy.num_replicas_in_sync == 1
    return history.history["loss"], score_matrix(served).tolist()

cases = json.loads(sys.argv[1])
one = [train(*case, replicas=1) for case in cases]
devices = tf.config.list_logical_devices("CPU")
tf.config.list_logical_devices = lambda kind: devices  # two GPUs, for all that the selection can see
training_devices.cache_clear()
print(json.dumps([one, [train(*case, replicas=2) for case in cases]]))
"""

# Of 240 interactions a step each device has 120. autoncf learns those that were dropped: not as many on each.
# With 719 a step, the second one has a single interaction, and one device has none.
CASES = [("gmf", 240), ("cfnet-rl", 240), ("autoncf", 240), ("autoncf", 719)]


@pytest.fixture(scope="module")
def trained():
    """Of each case, on one device and on two: the losses by epoch, and the scores of the model to serve."""
    command = [sys.executable, "-c", SCRIPT, json.dumps(CASES)]
    run = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert run.returncode == 0, run.stderr[-4000:]
    one, two = json.loads(run.stdout.splitlines()[-1])
    return dict(zip(CASES, zip(one, two, strict=True), strict=True))


@pytest.mark.slow
@pytest.mark.parametrize("case", CASES, ids=str)
def test_two_devices_train_to_the_loss_of_one(trained, case):
    (one, scores), (two, scores_of_two) = trained[case]
    assert one[-1] < one[0]
    assert two == pytest.approx(one, rel=1e-5)
    np.testing.assert_allclose(scores_of_two, scores, rtol=1e-3, atol=1e-4)
