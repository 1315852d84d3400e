"""Fusions: a user's and an item's representations become one joint vector."""

import tensorflow as tf

from models.structure import Fusion


def product(user: tf.Tensor, item: tf.Tensor) -> tf.Tensor:
    """`u * v` element by element: float [..., d] twice -> float [..., d]."""
    return user * item


def normalized_product(user: tf.Tensor, item: tf.Tensor) -> tf.Tensor:
    """`(u / |u|) * (v / |v|)`, whose sum is the cosine: float [..., d] twice -> float [..., d] in [-1, 1].

    DMF (Xue et al., IJCAI 2017) is this followed by a fixed linear prediction.
    """
    return tf.math.l2_normalize(user, axis=-1) * tf.math.l2_normalize(item, axis=-1)


def concat(user: tf.Tensor, item: tf.Tensor) -> tf.Tensor:
    """`[u; v]`: float [..., d] and float [..., e] -> float [..., d + e]."""
    return tf.concat([user, item], axis=-1)


FUSIONS = {
    Fusion.PRODUCT: product,
    Fusion.NORMALIZED_PRODUCT: normalized_product,
    Fusion.CONCAT: concat,
}
