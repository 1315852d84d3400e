"""The joint vector of a branch: the fusion and the layers behind it."""

from collections.abc import Sequence

import tensorflow as tf
import tf_keras

from models.choices import Activation, Fusion
from models.fusion import ConcatDense, make_fusion
from models.slots import Branch

Layers = Sequence[tuple[int, Activation]]
"""Width and activation of each."""


class Joint(tf_keras.layers.Layer):
    """A fusion followed by dense layers.

    Args:
        branch: whose fusion it is.
        layers: behind the fusion.
        seed: of the initial weights, Glorot uniform.

    Call:
        user, item: float [..., p], float [..., q], projected by the fusion -> float [..., j].
    """

    def __init__(self, branch: Branch, layers: Layers, seed: int):
        super().__init__(name="joint", dtype="float32")
        if branch.fusion == Fusion.CONCAT and layers:
            (units, activation), *layers = layers
            self.fusion = ConcatDense(branch.user.width, branch.item.width, units, activation.value, seed)
        else:
            self.fusion = make_fusion(branch)
        self.hidden = [
            tf_keras.layers.Dense(
                units,
                activation=activation.value,
                kernel_initializer=tf_keras.initializers.GlorotUniform(seed=seed + depth),
            )
            for depth, (units, activation) in enumerate(layers, start=1)
        ]
        self.user_width = self.fusion.projected_width(branch.user.width)
        self.item_width = self.fusion.projected_width(branch.item.width)

    @property
    def scale(self) -> float | None:
        """`c`, if the joint vector is `c * u * v` of the projected sides."""
        return None if self.hidden else self.fusion.scale

    def call(self, user: tf.Tensor, item: tf.Tensor) -> tf.Tensor:
        joint = self.fusion(user, item)
        for layer in self.hidden:
            joint = layer(joint)
        return tf.cast(joint, tf.float32)
