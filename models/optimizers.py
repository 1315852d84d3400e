"""The optimisers and the schedules of their learning rate."""

from collections.abc import Callable
from functools import partial

import tf_keras
from tf_keras.optimizers.schedules import CosineDecay, ExponentialDecay, LearningRateSchedule

from models.settings import TrainSettings

# AdamW is Adam with decoupled weight decay, which Keras offers with every optimiser.
_OPTIMIZERS: dict[str, Callable[..., tf_keras.optimizers.Optimizer]] = {
    "adamw": tf_keras.optimizers.Adam,
    "adam": tf_keras.optimizers.Adam,
    "sgd": partial(tf_keras.optimizers.SGD, momentum=0.9),
    "adagrad": tf_keras.optimizers.Adagrad,
}

_SCHEDULES: dict[str, Callable[[float, int], float | LearningRateSchedule]] = {
    "constant": lambda learning_rate, _: learning_rate,
    "cosine": CosineDecay,
    "exponential": partial(ExponentialDecay, decay_rate=0.01),
}


def make_optimizer(settings: TrainSettings, steps_per_epoch: int) -> tf_keras.optimizers.Optimizer:
    """The optimiser of the settings, with its schedule over all epochs that they allow.

    After `t` of the `T = epochs * steps_per_epoch` steps the learning rate is that of the settings times 1
    (`constant`), `(1 + cos(pi t / T)) / 2` (`cosine`) or `0.01^(t / T)` (`exponential`). Before a step
    follows its gradient, it takes `learning rate * weight_decay * weight` off each weight (Loshchilov and
    Hutter, Decoupled Weight Decay Regularization, ICLR 2019).

    Args:
        settings: how to train.
        steps_per_epoch: at least 1.
    """
    learning_rate = _SCHEDULES[settings.schedule](settings.learning_rate, settings.epochs * steps_per_epoch)
    # None instead of 0 spares a pass over all weights in each step.
    return _OPTIMIZERS[settings.optimizer](learning_rate, weight_decay=settings.weight_decay or None)
