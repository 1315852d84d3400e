"""Steps and learning rates, worked out by hand."""

import math

import pytest
import tensorflow as tf

from models.optimizers import make_optimizer
from models.settings import TrainSettings

WEIGHT, GRADIENT, RATE, DECAY = 2.0, 0.5, 0.1, 0.01
DECAYED = WEIGHT - RATE * DECAY * WEIGHT  # 1.998


def after_steps(settings, gradients, weight=WEIGHT, steps_per_epoch=1):
    """The weight after a step along each gradient."""
    variable = tf.Variable(weight)
    optimizer = make_optimizer(settings, steps_per_epoch)
    for gradient in gradients:
        optimizer.apply_gradients([(tf.constant(gradient), variable)])
    return variable.numpy()


@pytest.mark.parametrize(
    ("optimizer", "step"),
    [
        # The first step of Adam is the learning rate along the sign of the gradient: m = 0.1 g and
        # v = 0.001 g^2 are divided by 1 - 0.9 and 1 - 0.999.
        ("adamw", RATE),
        ("adam", RATE),
        ("sgd", RATE * GRADIENT),
        # The accumulator starts at 0.1.
        ("adagrad", RATE * GRADIENT / math.sqrt(0.1 + GRADIENT**2)),
    ],
)
class TestFirstStep:
    def test_without_decay(self, optimizer, step):
        settings = TrainSettings(optimizer=optimizer, learning_rate=RATE)
        assert after_steps(settings, [GRADIENT]) == pytest.approx(WEIGHT - step, rel=1e-6)

    def test_decay_is_decoupled(self, optimizer, step):
        settings = TrainSettings(optimizer=optimizer, learning_rate=RATE, weight_decay=DECAY)
        assert after_steps(settings, [GRADIENT]) == pytest.approx(DECAYED - step, rel=1e-6)

    def test_decay_without_gradient(self, optimizer, step):
        settings = TrainSettings(optimizer=optimizer, learning_rate=RATE, weight_decay=DECAY)
        assert after_steps(settings, [0.0]) == pytest.approx(DECAYED, rel=1e-6)


def test_momentum_of_sgd():
    """Velocities 0.05 and 0.9 * 0.05 + 0.05: the second step is 0.095."""
    settings = TrainSettings(optimizer="sgd", learning_rate=RATE)
    assert after_steps(settings, [GRADIENT, GRADIENT]) == pytest.approx(2 - 0.05 - 0.095, rel=1e-6)


@pytest.mark.parametrize(
    ("schedule", "first", "last"),
    [
        ("constant", 1.0, 1.0),
        ("cosine", 1.0, (1 + math.cos(math.pi * 11 / 12)) / 2),
        ("exponential", 1.0, 0.01 ** (11 / 12)),
    ],
)
def test_learning_rates_of_a_schedule(schedule, first, last):
    """Of twelve steps, three epochs of four. Without a gradient Adagrad only decays, by the learning rate."""
    settings = TrainSettings(
        optimizer="adagrad", schedule=schedule, learning_rate=RATE, epochs=3, weight_decay=1.0
    )
    weights = [after_steps(settings, [0.0] * steps, 1.0, steps_per_epoch=4) for steps in (1, 11, 12)]
    assert weights[0] == pytest.approx(1 - RATE * first, rel=1e-6)
    assert weights[2] / weights[1] == pytest.approx(1 - RATE * last, rel=1e-6)


@pytest.mark.parametrize(("schedule", "end"), [("cosine", 0.0), ("exponential", RATE / 100)])
def test_learning_rate_at_the_end_of_the_epochs(schedule, end):
    settings = TrainSettings(schedule=schedule, learning_rate=RATE, epochs=3)
    variable = tf.Variable(WEIGHT)
    optimizer = make_optimizer(settings, steps_per_epoch=4)
    for _ in range(13):
        optimizer.apply_gradients([(tf.constant(GRADIENT), variable)])
    assert float(optimizer.learning_rate) == pytest.approx(end, rel=1e-5, abs=1e-9)


def test_a_step_in_a_graph_is_the_step_outside():
    settings = TrainSettings(schedule="cosine", learning_rate=RATE, weight_decay=DECAY, epochs=3)
    variable = tf.Variable(WEIGHT)
    optimizer = make_optimizer(settings, steps_per_epoch=1)
    optimizer.build([variable])

    @tf.function
    def step(gradient):
        optimizer.apply_gradients([(gradient, variable)])

    for gradient in (GRADIENT, -GRADIENT, 2 * GRADIENT):
        step(tf.constant(gradient))
    expected = after_steps(settings, [GRADIENT, -GRADIENT, 2 * GRADIENT])
    assert variable.numpy() == pytest.approx(expected, rel=1e-6)
