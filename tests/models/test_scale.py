import numpy as np
import pytest

from models.scale import ValueScale


def test_ratings_span_zero_to_one_and_come_back():
    scale = ValueScale.of_ratings(np.float32([1, 3, 5, 3]))
    assert (scale.center, scale.deviation) == (3.0, pytest.approx(np.sqrt(2)))
    np.testing.assert_allclose(scale.to_unit(np.array([1, 3, 5])), [0, 0.5, 1])
    np.testing.assert_allclose(scale.from_unit(scale.to_unit(np.array([1, 2, 5]))), [1, 2, 5])


def test_a_single_value_stands_in_the_middle():
    assert ValueScale.of_ratings(np.float32([4, 4])).to_unit(4.0) == 0.5
