import numpy as np
import pytest
import tensorflow as tf

from models.prediction import make_prediction
from models.slots import Prediction

JOINT = tf.random.stateless_normal([5, 4], [1, 2])
MAP = tf.random.stateless_normal([3, 4, 5], [1, 2])


def shaken(prediction, joint):
    """The layer with weights, of biases too, that all differ from zero."""
    layer = make_prediction(prediction, seed=1)
    layer(joint)
    for number, variable in enumerate(layer.trainable_variables):
        variable.assign(tf.random.stateless_normal(variable.shape, [number, 3]))
    return layer


def relu(values):
    return np.maximum(values, 0)


def test_linear_prediction_is_the_sum():
    layer = make_prediction(Prediction("linear"), seed=1)
    np.testing.assert_allclose(layer(JOINT), JOINT.numpy().sum(axis=1), rtol=1e-5)
    assert not layer.trainable_variables


@pytest.mark.parametrize("kind", ["learnt-linear", "non-linear"])
def test_learnt_predictions_are_one_layer_whose_logit_is_affine(kind):
    layer = shaken(Prediction(kind), JOINT)
    kernel, bias = layer.get_weights()
    np.testing.assert_allclose(layer(JOINT), JOINT.numpy() @ kernel[:, 0] + bias[0], rtol=1e-5)


@pytest.mark.parametrize("kind", ["linear", "learnt-linear", "non-linear"])
def test_affine_predictions_say_their_weights(kind):
    layer = shaken(Prediction(kind), JOINT)
    weights, intercept = layer.affine()
    np.testing.assert_allclose(layer(JOINT), tf.reduce_sum(JOINT * weights, axis=1) + intercept, rtol=1e-5)


def test_mlp_is_its_layers_one_after_another():
    layer = shaken(Prediction("mlp", hidden_sizes=(6, 3), activation="tanh"), JOINT)
    first, first_bias, second, second_bias, last, last_bias = layer.get_weights()
    hidden = np.tanh(np.tanh(JOINT.numpy() @ first + first_bias) @ second + second_bias)
    np.testing.assert_allclose(layer(JOINT), (hidden @ last + last_bias)[:, 0], rtol=1e-4)
    assert layer.affine() is None


def convolve(maps, kernel, bias):
    """2 x 2 cells with stride 2 over float [n, d, e, c]; a cell beyond the border is 0."""
    odd = [(0, size % 2) for size in maps.shape[1:3]]
    maps = np.pad(maps, [(0, 0), *odd, (0, 0)])
    patches = [[maps[:, row::2, column::2] for column in (0, 1)] for row in (0, 1)]
    return bias + sum(
        np.einsum("ndec,cm->ndem", patches[row][column], kernel[row, column])
        for row in (0, 1)
        for column in (0, 1)
    )


def test_cnn_convolves_the_map_down_to_a_logit():
    layer = shaken(Prediction("cnn", hidden_sizes=(6, 2)), MAP)
    first, first_bias, second, second_bias, last, last_bias = layer.get_weights()
    maps = relu(convolve(MAP.numpy()[..., np.newaxis], first, first_bias))  # 4 x 5 cells become 2 x 3
    maps = relu(convolve(maps, second, second_bias))  # and 1 x 2
    assert maps.shape == (3, 1, 2, 2)
    expected = maps.reshape(3, -1) @ last[:, 0] + last_bias[0]
    np.testing.assert_allclose(layer(MAP), expected, rtol=1e-4)
    assert layer.affine() is None


@pytest.mark.parametrize(
    ("prediction", "shape"),
    [
        (Prediction("linear"), [2, 3, 4]),
        (Prediction("non-linear"), [2, 3, 4]),
        (Prediction("mlp", hidden_sizes=(6,)), [2, 3, 4]),
        (Prediction("cnn", hidden_sizes=(6,)), [2, 3, 4, 4]),
    ],
)
def test_leading_dimensions_are_kept(prediction, shape):
    joint = tf.random.stateless_normal(shape, [1, 2])
    layer = shaken(prediction, joint)
    output = layer(joint)
    assert output.shape == (2, 3)
    np.testing.assert_allclose(output[1], layer(joint[1]), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(
    "prediction", [Prediction("mlp", hidden_sizes=(6,)), Prediction("cnn", hidden_sizes=(6, 2))]
)
def test_no_pair_has_no_logit(prediction):
    joint = MAP[:0] if prediction.kind == "cnn" else JOINT[:0]
    assert make_prediction(prediction, seed=1)(joint).shape == (0,)
