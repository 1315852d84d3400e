import numpy as np
import pytest
import tensorflow as tf

from models.errors import UserError
from models.fusion import (
    Concat,
    ConcatDense,
    FusionLayer,
    NormalizedProduct,
    OuterProduct,
    Product,
    make_fusion,
)
from models.slots import Branch, Tower

USER, ITEM = tf.constant([[3.0, 4.0]]), tf.constant([[4.0, 3.0]])  # both of length 5, dot product 24


def fuse(layer, user, item):
    return layer(layer.project_user(user), layer.project_item(item)).numpy()


class Difference(FusionLayer):
    """A fusion of one's own."""

    def call(self, user, item):
        return user - item


class NotAFusion:
    """A class that is no fusion."""


def own(name):
    tower = Tower("id", embedding_size=2)
    return Branch(tower, tower, f"{__name__}.{name}")


def test_product_is_taken_element_by_element():
    np.testing.assert_array_equal(fuse(Product(), USER, ITEM), [[12, 12]])


@pytest.mark.parametrize("temperature", [1.0, 10.0])
def test_normalized_product_sums_to_the_cosine_times_the_temperature(temperature):
    joint = fuse(NormalizedProduct(temperature), USER, ITEM)
    assert joint.sum() == pytest.approx(temperature * 24 / 25)


def test_normalized_product_of_nothing_is_zero():
    np.testing.assert_array_equal(fuse(NormalizedProduct(1.0), tf.zeros([1, 2]), ITEM), [[0, 0]])


def test_concatenation_keeps_both():
    np.testing.assert_array_equal(fuse(Concat(), USER, tf.ones([1, 3])), [[3, 4, 1, 1, 1]])


def test_outer_product_is_every_unit_with_every_other():
    np.testing.assert_array_equal(
        fuse(OuterProduct(), USER, tf.constant([[1.0, 2.0, -1.0]])), [[[3, 6, -3], [4, 8, -4]]]
    )


def test_dense_layer_behind_a_concatenation_may_be_split_between_the_sides():
    layer = ConcatDense(3, 2, units=4, activation="tanh", seed=1)
    layer.bias.assign([0.1, -0.2, 0.3, 0.4])
    user, item = tf.random.stateless_normal([6, 3], [1, 2]), tf.random.stateless_normal([6, 2], [3, 4])
    both = np.concatenate([user, item], axis=1)
    expected = np.tanh(both @ layer.kernel.numpy() + layer.bias.numpy())
    np.testing.assert_allclose(fuse(layer, user, item), expected, atol=1e-6)
    assert layer.projected_width(3) == layer.projected_width(2) == 4


@pytest.mark.parametrize("layer", [Product(), NormalizedProduct(3.0)])
def test_the_scale_is_that_of_a_product_of_projections(layer):
    user, item = layer.project_user(USER), layer.project_item(ITEM)
    np.testing.assert_allclose(layer(user, item), layer.scale * user * item, rtol=1e-6)


@pytest.mark.parametrize(
    ("name", "layer"),
    [
        ("product", Product),
        ("normalized-product", NormalizedProduct),
        ("concat", Concat),
        ("outer-product", OuterProduct),
    ],
)
def test_every_name_makes_its_fusion(name, layer):
    tower = Tower("id", embedding_size=2)
    assert type(make_fusion(Branch(tower, tower, name))) is layer


def test_a_fusion_of_ones_own_is_found_by_its_dotted_name():
    np.testing.assert_array_equal(fuse(make_fusion(own("Difference")), USER, ITEM), [[-1, 1]])


@pytest.mark.parametrize("name", ["NotAFusion", "fuse", "Absent"])
def test_what_is_no_fusion_is_refused(name):
    with pytest.raises(UserError, match=f"{name}' should be a subclass of models.fusion.FusionLayer"):
        make_fusion(own(name))
