"""Losses of a step: how far the logits of positives and negatives are from what they should be.

A loss takes the labels of the positives, float [P] in [0, 1], their logits, float [P], and the logits of each
positive's negatives, float [P, k], and gives a mean, float []. Explicit feedback has no negatives: k = 0.
"""

from collections.abc import Callable

import tensorflow as tf

from models.choices import LossKind
from models.structure import Structure

StepLoss = Callable[[tf.Tensor, tf.Tensor, tf.Tensor], tf.Tensor]
PointLoss = Callable[[tf.Tensor, tf.Tensor], tf.Tensor]

LEAST_SCORE = 1e-6
"""Of a normalised cross-entropy without a sigmoid (DMF, section 3.2)."""


def squared_error(label: tf.Tensor, score: tf.Tensor) -> tf.Tensor:
    """`(y - s)^2`: float [n] twice -> float [n]."""
    return tf.square(label - score)


def binary_crossentropy(label: tf.Tensor, logit: tf.Tensor) -> tf.Tensor:
    """`-y log s - (1 - y) log(1 - s)` with `s = sigmoid(logit)`: float [n] twice -> float [n]."""
    return tf.nn.sigmoid_cross_entropy_with_logits(labels=label, logits=logit)


def normalized_crossentropy(label: tf.Tensor, score: tf.Tensor) -> tf.Tensor:
    """`-y log s - (1 - y) log(1 - s)` with s cut to (0, 1): float [n] twice -> float [n].

    The score is a cosine and y the value divided by the largest one (DMF, Xue et al., IJCAI
    2017, equation 12).
    """
    score = tf.clip_by_value(score, LEAST_SCORE, 1 - LEAST_SCORE)
    return -label * tf.math.log(score) - (1 - label) * tf.math.log(1 - score)


def pointwise(point_loss: PointLoss) -> StepLoss:
    """The mean over positives and negatives alike, whose label is 0."""

    def loss(label: tf.Tensor, positive: tf.Tensor, negative: tf.Tensor) -> tf.Tensor:
        negative = tf.reshape(negative, [-1])
        labels = tf.concat([label, tf.zeros_like(negative)], axis=0)
        return mean(point_loss(labels, tf.concat([positive, negative], axis=0)))

    return loss


def bayesian_personalized_ranking(label: tf.Tensor, positive: tf.Tensor, negative: tf.Tensor) -> tf.Tensor:
    """`mean(-log sigmoid(s_positive - s_negative))`, whatever the label (BPR, Rendle et al., UAI 2009)."""
    return mean(tf.nn.softplus(negative - positive[:, tf.newaxis]))


def sampled_softmax(positive: tf.Tensor, negative: tf.Tensor) -> tf.Tensor:
    """`mean(-log(exp(s) / (exp(s) + sum exp(s_negative))))` as `mean(softplus(log sum exp(s_negative) - s))`.

    Args:
        positive: logits s, float [P].
        negative: log sum exp of the negatives' logits, float [P].
    """
    return mean(tf.nn.softplus(negative - positive))


def make_loss(structure: Structure) -> StepLoss:
    """The loss of a structure that samples negatives for each positive: every kind but `softmax`."""
    if structure.loss.kind is LossKind.BPR:
        return bayesian_personalized_ranking
    if structure.loss.kind is LossKind.MSE:
        if structure.squashed:
            return pointwise(lambda label, logit: squared_error(label, tf.sigmoid(logit)))
        return pointwise(squared_error)
    return pointwise(binary_crossentropy if structure.squashed else normalized_crossentropy)


def mean(losses: tf.Tensor) -> tf.Tensor:
    """The mean, 0 of nothing: a replica's share of a short batch may be empty."""
    return tf.math.divide_no_nan(tf.reduce_sum(losses), tf.cast(tf.size(losses), losses.dtype))
