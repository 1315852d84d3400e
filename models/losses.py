"""Losses over a batch of pairs."""

from collections.abc import Callable

import tensorflow as tf

from models.structure import LossKind

PairLoss = Callable[[tf.Tensor, tf.Tensor], tf.Tensor]


def squared_error(label: tf.Tensor, score: tf.Tensor) -> tf.Tensor:
    """`mean((y - s)^2)`: float [batch] twice -> float []."""
    return _mean(tf.square(label - score))


def binary_crossentropy(label: tf.Tensor, logit: tf.Tensor) -> tf.Tensor:
    """`mean(-y log s - (1 - y) log(1 - s))` with `s = sigmoid(logit)`: float [batch] twice -> float []."""
    return _mean(tf.nn.sigmoid_cross_entropy_with_logits(labels=label, logits=logit))


def make_loss(kind: LossKind, linear: bool) -> PairLoss:
    """The loss `(label, logit) -> float []` of a structure, whose score is the logit itself if `linear`."""
    if kind is LossKind.BCE:
        return binary_crossentropy
    if linear:
        return squared_error
    return lambda label, logit: squared_error(label, tf.sigmoid(logit))


def _mean(losses: tf.Tensor) -> tf.Tensor:
    """The mean, 0 of nothing: a replica's share of a short batch may be empty."""
    return tf.math.divide_no_nan(tf.reduce_sum(losses), tf.cast(tf.size(losses), losses.dtype))
