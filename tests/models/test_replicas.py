"""Several devices, which TensorFlow can only be given before it is first used: in a process of their own."""

import json
import subprocess
import sys

import pytest

SCRIPT = """
import json, sys
import models
import tensorflow as tf
tf.config.set_visible_devices([], "GPU")
tf.config.set_logical_device_configuration(
    tf.config.list_physical_devices("CPU")[0], [tf.config.LogicalDeviceConfiguration()] * 2
)
from models.preparation import prepare
from models.presets import PRESETS
from models.settings import TrainSettings
from tests.models.conftest import planted, small

def train(name, interactions_per_step, replicas):
    structure = small(PRESETS[name])
    own_negatives = 0 if name == "autoncf" else structure.loss.negatives_per_positive
    settings = TrainSettings(
        epochs=4, learning_rate=0.01, batch_size=interactions_per_step * (1 + own_negatives)
    )
    prepared = prepare(structure, planted(), settings, "implicit")  # 720 interactions
    assert prepared.model.distribute_strategy.num_replicas_in_sync == replicas
    return prepared.model.fit(prepared.batches, epochs=4, verbose=0).history["loss"]

cases = json.loads(sys.argv[1])
one = [train(*case, replicas=1) for case in cases]
devices = tf.config.list_logical_devices("CPU")
tf.config.list_logical_devices = lambda kind: devices  # two GPUs, for all that prepare can see
print(json.dumps([one, [train(*case, replicas=2) for case in cases]]))
"""

# Of 240 interactions a step each device has 120, and the mean of both is the mean of all; not so of autoncf,
# which learns the interactions that were dropped: not as many on each. With 719 a step, the second one has a
# single interaction, and one device has none.
CASES = {("gmf", 240): 1e-4, ("cfnet-rl", 240): 1e-4, ("autoncf", 240): 0.02, ("autoncf", 719): 0.05}


@pytest.fixture(scope="module")
def losses():
    """Of each case, by epoch: on one device and on two."""
    command = [sys.executable, "-c", SCRIPT, json.dumps([*CASES])]
    run = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert run.returncode == 0, run.stderr[-4000:]
    one, two = json.loads(run.stdout.splitlines()[-1])
    return dict(zip(CASES, zip(one, two, strict=True), strict=True))


@pytest.mark.slow
@pytest.mark.parametrize("case", CASES, ids=str)
def test_two_devices_train_to_the_loss_of_one(losses, case):
    one, two = losses[case]
    assert one[-1] < one[0]
    assert two == pytest.approx(one, rel=CASES[case])
