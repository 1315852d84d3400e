"""numpy arrays to TensorProto and back."""

import math

import numpy as np
import tensorflow as tf
from tensorflow.core.framework import tensor_pb2

# Typed fields rather than `tensor_content`: TensorFlow Serving answers so, and clients read `.float_val`.
_TYPED_FIELDS = {
    "float32": "float_val",
    "float64": "double_val",
    "int32": "int_val",
    "int64": "int64_val",
    "bool": "bool_val",
}


def encode(array: np.ndarray) -> tensor_pb2.TensorProto:
    """The TensorProto of an array; arrays of str, bytes or object become strings."""
    if array.dtype.kind in "OSU":
        return _typed(
            array, tf.string, "string_val", [tf.compat.as_bytes(text) for text in array.ravel().tolist()]
        )
    field = _TYPED_FIELDS.get(array.dtype.name)
    if field is None:
        return tf.make_tensor_proto(array)
    return _typed(array, tf.as_dtype(array.dtype), field, array.ravel().tolist())


def decode(proto: tensor_pb2.TensorProto) -> np.ndarray:
    """The array of a TensorProto; strings become an object array of bytes.

    Raises:
        ValueError: if the values do not fill the shape, or the type is unknown.
    """
    _check_size(proto)
    try:
        return tf.make_ndarray(proto)
    except (TypeError, ValueError, OverflowError) as error:
        raise ValueError(f"tensor is malformed: {error}") from error


def _typed(array: np.ndarray, dtype: tf.DType, field: str, values: list) -> tensor_pb2.TensorProto:
    proto = tensor_pb2.TensorProto(
        dtype=dtype.as_datatype_enum, tensor_shape=tf.TensorShape(array.shape).as_proto()
    )
    getattr(proto, field).extend(values)
    return proto


def _check_size(proto: tensor_pb2.TensorProto) -> None:
    """Refuses a few bytes that declare a giant: a TensorProto may repeat its last value up to its shape."""
    sizes = [dimension.size for dimension in proto.tensor_shape.dim]
    limit = max(proto.ByteSize(), 2**20)
    if proto.tensor_shape.unknown_rank or any(size < 0 for size in sizes) or math.prod(sizes) > limit:
        raise ValueError(f"tensor of shape {sizes} does not fit its {proto.ByteSize()} bytes")
