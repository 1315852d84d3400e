import numpy as np
import pytest

from models.fusion import concat, normalized_product, product

USER, ITEM = np.float32([[3, 4]]), np.float32([[4, 3]])  # both of length 5, dot product 24


def test_product_sums_to_the_dot_product():
    assert product(USER, ITEM).sum() == 24


def test_normalized_product_sums_to_the_cosine():
    assert normalized_product(USER, ITEM).numpy().sum() == pytest.approx(24 / 25)


def test_normalized_product_of_nothing_is_zero():
    assert normalized_product(np.zeros([1, 2], np.float32), ITEM).numpy().sum() == 0


def test_concatenation_keeps_both():
    np.testing.assert_array_equal(concat(USER, ITEM), [[3, 4, 4, 3]])
