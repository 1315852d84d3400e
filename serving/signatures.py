"""Is a request what the signature wants?"""

from collections.abc import Mapping

import grpc
import numpy as np
import tensorflow as tf
from tensorflow.core.framework import tensor_pb2
from tensorflow.core.protobuf import meta_graph_pb2

from serving.request_error import RequestError
from serving.tensors import decode

DEFAULT_SIGNATURE = "serving_default"


def decode_inputs(
    signature_name: str,
    signature: meta_graph_pb2.SignatureDef,
    inputs: Mapping[str, tensor_pb2.TensorProto],
) -> dict[str, np.ndarray]:
    """The arrays of a Predict request, each of the type and shape that the signature declares.

    Raises:
        RequestError: INVALID_ARGUMENT, naming what is missing, too much or of the wrong type or shape, and
            what is expected.
    """
    expected = signature.inputs
    missing, extra = sorted(set(expected) - set(inputs)), sorted(set(inputs) - set(expected))
    if missing or extra:
        faults = [f"input {name} is missing" for name in missing] + [
            f"{name} is no input of it" for name in extra
        ]
        raise _invalid(
            f'signature "{signature_name}": {", ".join(faults)}; expected {describe_inputs(signature)}'
        )
    arrays = {name: _decode_input(signature_name, name, expected[name], inputs[name]) for name in expected}
    _check_batch(signature_name, arrays)
    return arrays


def describe_inputs(signature: meta_graph_pb2.SignatureDef) -> str:
    """The inputs with type and shape, such as "k int32 [?], user_id string [?]"."""
    return ", ".join(f"{name} {_describe(info)}" for name, info in sorted(signature.inputs.items()))


def _decode_input(
    signature_name: str, name: str, info: meta_graph_pb2.TensorInfo, proto: tensor_pb2.TensorProto
) -> np.ndarray:
    place = f'signature "{signature_name}": input {name}'
    if proto.dtype != info.dtype:
        raise _invalid(f"{place} should be {_describe(info)}. Received: {_type_name(proto.dtype)}")
    try:
        array = decode(proto)
    except ValueError as error:
        raise _invalid(f"{place} should be {_describe(info)}. Received: {error}") from error
    if not tf.TensorShape(info.tensor_shape).is_compatible_with(array.shape):
        received = f"{_type_name(proto.dtype)} {list(array.shape)}"
        raise _invalid(f"{place} should be {_describe(info)}. Received: {received}")
    return array


def _check_batch(signature_name: str, arrays: Mapping[str, np.ndarray]) -> None:
    """Refuses different batch sizes, which TensorFlow might broadcast into an answer nobody asked for."""
    sizes = {name: len(array) for name, array in sorted(arrays.items()) if array.ndim}
    if len(set(sizes.values())) > 1:
        received = ", ".join(f"{name} {size}" for name, size in sizes.items())
        raise _invalid(f'signature "{signature_name}": batch sizes should be equal. Received: {received}')


def _describe(info: meta_graph_pb2.TensorInfo) -> str:
    shape = info.tensor_shape
    if shape.unknown_rank:
        return f"{_type_name(info.dtype)} of any shape"
    sizes = ", ".join("?" if dimension.size < 0 else str(dimension.size) for dimension in shape.dim)
    return f"{_type_name(info.dtype)} [{sizes}]"


def _type_name(data_type: int) -> str:
    try:
        return tf.as_dtype(data_type).name
    except TypeError:
        return f"unknown type {data_type}"


def _invalid(message: str) -> RequestError:
    return RequestError(grpc.StatusCode.INVALID_ARGUMENT, message)
