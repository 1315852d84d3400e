"""Predictions: from the joint vector to the score."""

import tensorflow as tf
import tf_keras

from models.structure import Prediction, PredictionKind

Affine = tuple[tf.Tensor, tf.Tensor]
"""`w` float [d] or [] and `b` float [] of a logit `w x + b`."""


class LinearPrediction(tf_keras.layers.Layer):
    """The sum of the joint vector: a dot product behind fusion `product`.

    Call:
        joint: float [..., d] -> logits float [...].
    """

    def call(self, joint: tf.Tensor) -> tf.Tensor:
        return tf.reduce_sum(joint, axis=-1)

    def affine(self) -> Affine | None:
        """Weights and intercept, where the logit is an affine function of the joint vector."""
        return tf.constant(1.0), tf.constant(0.0)


class DensePrediction(tf_keras.layers.Layer):
    """Hidden layers, if any, and one learnt layer `w x + b`.

    Call:
        joint: float [..., d] -> logits float [...].
    """

    def __init__(self, prediction: Prediction, seed: int):
        super().__init__(name="dense_prediction")
        self.hidden = [
            tf_keras.layers.Dense(
                units,
                activation=prediction.activation.value,
                kernel_initializer=tf_keras.initializers.GlorotUniform(seed=seed + depth),
            )
            for depth, units in enumerate(prediction.hidden_sizes)
        ]
        self.output_layer = tf_keras.layers.Dense(
            1, kernel_initializer=tf_keras.initializers.GlorotUniform(seed=seed + len(self.hidden))
        )

    def call(self, joint: tf.Tensor) -> tf.Tensor:
        for layer in self.hidden:
            joint = layer(joint)
        return tf.squeeze(self.output_layer(joint), axis=-1)

    def affine(self) -> Affine | None:
        """Weights and intercept, where the logit is an affine function of the joint vector."""
        if self.hidden:
            return None
        return self.output_layer.kernel[:, 0], self.output_layer.bias[0]


def make_prediction(prediction: Prediction, seed: int) -> tf_keras.layers.Layer:
    """The layer that a structure asks for; its output is the logit of the score."""
    if prediction.kind is PredictionKind.LINEAR:
        return LinearPrediction(name="linear_prediction")
    return DensePrediction(prediction, seed)
