"""Predictions: from the joint vector to the logit of a score."""

import tensorflow as tf
import tf_keras

from models.choices import PredictionKind
from models.slots import Prediction

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
        super().__init__(name="dense_prediction", dtype="float32")
        self.hidden = [
            tf_keras.layers.Dense(
                units,
                activation=prediction.activation.value,
                kernel_initializer=tf_keras.initializers.GlorotUniform(seed=seed + depth),
            )
            for depth, units in enumerate(prediction.hidden_sizes)
        ]
        self.output_layer = _output_layer(seed + len(self.hidden))

    def call(self, joint: tf.Tensor) -> tf.Tensor:
        for layer in self.hidden:
            joint = layer(joint)
        return tf.squeeze(self.output_layer(joint), axis=-1)

    def affine(self) -> Affine | None:
        """Weights and intercept, where the logit is an affine function of the joint vector."""
        if self.hidden:
            return None
        return self.output_layer.kernel[:, 0], self.output_layer.bias[0]


class ConvolutionalPrediction(tf_keras.layers.Layer):
    """Convolutions of 2 x 2 cells with stride 2 over a map, and one learnt layer over what is left (ONCF).

    Call:
        joint: float [..., d, e] -> logits float [...].
    """

    def __init__(self, prediction: Prediction, seed: int):
        super().__init__(name="convolutional_prediction", dtype="float32")
        self.convolutions = [
            tf_keras.layers.Conv2D(
                maps,
                kernel_size=2,
                strides=2,
                padding="same",
                activation=prediction.activation.value,
                kernel_initializer=tf_keras.initializers.GlorotUniform(seed=seed + depth),
            )
            for depth, maps in enumerate(prediction.hidden_sizes)
        ]
        self.flatten = tf_keras.layers.Flatten()
        self.output_layer = _output_layer(seed + len(self.convolutions))

    def call(self, joint: tf.Tensor) -> tf.Tensor:
        batch = tf.shape(joint)[:-2]
        maps = tf.reshape(joint, [-1, *joint.shape[-2:], 1])
        # One map more, which is left out again: oneDNN's convolutions fail on none at all.
        maps = tf.pad(maps, [[0, 1], [0, 0], [0, 0], [0, 0]])
        for convolution in self.convolutions:
            maps = convolution(maps)
        return tf.reshape(self.output_layer(self.flatten(maps))[:-1], batch)

    def affine(self) -> Affine | None:
        """Never: convolutions are not affine in the joint vector."""
        return None


def make_prediction(prediction: Prediction, seed: int) -> tf_keras.layers.Layer:
    """The layer that a structure asks for; its output is the logit of the score."""
    if prediction.kind is PredictionKind.LINEAR:
        return LinearPrediction(name="linear_prediction", dtype="float32")
    if prediction.kind is PredictionKind.CNN:
        return ConvolutionalPrediction(prediction, seed)
    return DensePrediction(prediction, seed)


def _output_layer(seed: int) -> tf_keras.layers.Dense:
    initializer = tf_keras.initializers.GlorotUniform(seed=seed)
    return tf_keras.layers.Dense(1, kernel_initializer=initializer, dtype="float32")
