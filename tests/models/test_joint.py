import numpy as np
import pytest
import tensorflow as tf

from models.choices import Activation, Fusion
from models.joint import Joint
from models.slots import Branch, Tower

USER = tf.random.stateless_normal([5, 4], [1, 2])
ITEM = tf.random.stateless_normal([5, 4], [3, 4])
LAYERS = [(6, Activation.TANH), (3, Activation.RELU)]
TOWER = Tower("id", embedding_size=4)


def make(fusion, layers=(), **branch):
    return Joint(Branch(TOWER, TOWER, fusion, **branch), layers, seed=1)


def join(joint, user=USER, item=ITEM):
    return joint(joint.fusion.project_user(user), joint.fusion.project_item(item)).numpy()


def test_without_layers_the_joint_vector_is_the_fusion():
    np.testing.assert_allclose(join(make(Fusion.PRODUCT)), USER * ITEM)


def test_layers_follow_a_product():
    joint = make(Fusion.PRODUCT, LAYERS)
    output = join(joint)
    first, second = (layer.kernel.numpy() for layer in joint.hidden)
    expected = np.maximum(np.tanh((USER * ITEM).numpy() @ first) @ second, 0)
    np.testing.assert_allclose(output, expected, atol=1e-6)


@pytest.mark.parametrize("fusion", [Fusion.CONCAT, "concat"])
def test_layers_follow_a_concatenation_the_first_one_inside_the_fusion(fusion):
    joint = make(fusion, LAYERS)
    output = join(joint)
    (second,) = (layer.kernel.numpy() for layer in joint.hidden)
    both = np.concatenate([USER, ITEM], axis=1)
    expected = np.maximum(np.tanh(both @ joint.fusion.kernel.numpy()) @ second, 0)
    np.testing.assert_allclose(output, expected, atol=1e-6)


@pytest.mark.parametrize(
    ("fusion", "layers", "width"),
    [
        (Fusion.PRODUCT, (), 4),
        (Fusion.CONCAT, (), 4),
        (Fusion.CONCAT, LAYERS, 6),
        (Fusion.PRODUCT, LAYERS, 4),
    ],
)
def test_widths_are_those_of_the_projected_sides(fusion, layers, width):
    joint = make(fusion, layers)
    assert joint.user_width == joint.item_width == width
    assert joint.fusion.project_user(USER).shape[-1] == width


def test_only_a_product_without_layers_has_a_scale():
    assert make(Fusion.PRODUCT).scale == 1
    assert make(Fusion.NORMALIZED_PRODUCT, temperature=10.0).scale == 10
    assert make(Fusion.PRODUCT, LAYERS).scale is None
    assert make(Fusion.CONCAT).scale is None
