import numpy as np
import pytest

from models.errors import UserError
from models.scale import ValueScale


def test_ratings_span_zero_to_one_and_come_back():
    scale = ValueScale.of_ratings(np.float32([1, 3, 5, 3]))
    assert (scale.center, scale.deviation) == (3.0, pytest.approx(np.sqrt(2)))
    np.testing.assert_allclose(scale.to_unit(np.array([1, 3, 5])), [0, 0.5, 1])
    np.testing.assert_allclose(scale.from_unit(scale.to_unit(np.array([1, 2, 5]))), [1, 2, 5])


def test_a_scale_from_zero_divides_by_the_largest_value():
    scale = ValueScale.of_ratings(np.float32([1, 3, 5, 3]), from_zero=True)
    np.testing.assert_allclose(scale.to_unit(np.array([0, 1, 5])), [0, 0.2, 1])
    assert scale.from_unit(0.6) == pytest.approx(3)


@pytest.mark.parametrize("values", [[4, 4], [0], [-2, -2, -2]])
def test_a_single_value_stands_in_the_middle(values):
    scale = ValueScale.of_ratings(np.float32(values))
    assert scale.to_unit(float(values[0])) == 0.5
    assert (scale.center, scale.deviation) == (values[0], 1.0)


def test_a_single_value_is_the_largest_from_zero():
    scale = ValueScale.of_ratings(np.float32([4, 4]), from_zero=True)
    assert (scale.to_unit(4.0), scale.center, scale.deviation) == (1.0, 0.0, 4.0)


@pytest.mark.parametrize("from_zero", [False, True])
def test_no_value_has_a_scale_of_length_one(from_zero):
    scale = ValueScale.of_ratings(np.float32([]), from_zero)
    assert scale.maximum - scale.minimum == 1


@pytest.mark.parametrize(("values", "span"), [([-1, 5], "from -1 to 5"), ([0, 0], "from 0 to 0")])
def test_values_that_no_maximum_normalises_are_refused(values, span):
    with pytest.raises(UserError, match=f"normalized-bce .* {span}. Use loss bce or mse"):
        ValueScale.of_ratings(np.float32(values), from_zero=True)
