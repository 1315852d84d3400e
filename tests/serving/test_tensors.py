"""Arrays to TensorProto and back."""

import hypothesis.extra.numpy as arrays
import hypothesis.strategies as st
import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given

from serving.tensors import decode, encode

_DTYPES = st.sampled_from([np.float32, np.float64, np.int32, np.int64, np.uint8, np.bool_, np.float16])
_SHAPES = arrays.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=4)


@given(_DTYPES.flatmap(lambda dtype: arrays.arrays(dtype, _SHAPES)))
def test_numbers_survive(array):
    received = decode(encode(array))
    assert received.dtype == array.dtype
    np.testing.assert_array_equal(received, array)
    np.testing.assert_array_equal(tf.make_ndarray(encode(array)), array)


@given(arrays.arrays(object, _SHAPES, elements=st.text(max_size=5)))
def test_strings_become_bytes(array):
    received = decode(encode(array))
    assert received.shape == array.shape
    assert [text.decode() for text in received.ravel()] == array.ravel().tolist()


def test_floats_lie_in_the_field_that_clients_read():
    assert list(encode(np.array([1.5, 2.5], np.float32)).float_val) == [1.5, 2.5]


def test_last_value_repeated_is_legal():
    proto = encode(np.array([7], np.int32))
    proto.tensor_shape.dim[0].size = 3
    assert decode(proto).tolist() == [7, 7, 7]


def test_few_bytes_that_declare_a_giant_are_refused():
    proto = encode(np.array([7], np.int32))
    proto.tensor_shape.dim[0].size = 10**12
    with pytest.raises(ValueError, match="does not fit its"):
        decode(proto)
