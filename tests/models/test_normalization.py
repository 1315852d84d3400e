import numpy as np
import pytest
import tensorflow as tf

from models.choices import Normalization
from models.normalization import column_factor, mass, row_factor

VALUES = tf.constant([3.0, 4.0])
DEGREES = tf.constant([4.0, 1.0, 0.0])
COLUMNS = tf.constant([0, 1, 2, 0], tf.int64)


def test_masses_are_numbers_of_cells_or_squares():
    assert mass(Normalization.L2, VALUES).numpy().tolist() == [9, 16]
    assert mass(Normalization.DEGREE, VALUES).numpy().tolist() == [1, 1]


@pytest.mark.parametrize(
    ("normalization", "mass_of_vector", "expected"),
    [(Normalization.NONE, 25, 1), (Normalization.L2, 25, 1 / 5), (Normalization.DEGREE, 4, 1 / 2)],
)
def test_a_vector_is_divided_by_the_root_of_its_mass(normalization, mass_of_vector, expected):
    factors = row_factor(normalization, tf.constant([float(mass_of_vector)])).numpy()
    np.testing.assert_allclose(factors, [expected], rtol=1e-6)


@pytest.mark.parametrize("normalization", [Normalization.L2, Normalization.DEGREE])
def test_what_rounding_leaves_of_an_empty_vector_counts_as_nothing(normalization):
    assert row_factor(normalization, tf.constant([0.0, -1e-7, 1e-7])).numpy().tolist() == [0, 0, 0]


@pytest.mark.parametrize(
    ("normalization", "rate", "expected"),
    [
        (Normalization.NONE, 0.0, [1, 1, 1, 1]),
        (Normalization.NONE, 0.75, [4, 4, 4, 4]),  # a quarter is left: four times keeps the expected sum
        (Normalization.L2, 0.75, [1, 1, 1, 1]),  # the length is divided out anyway
        (Normalization.DEGREE, 0.0, [1 / 2, 1, 1, 1 / 2]),  # a column without cells counts as one with one
        (Normalization.DEGREE, 0.75, [1, 2, 2, 1]),  # a quarter of 4 and of 1
    ],
)
def test_cells_are_multiplied_by_the_factor_of_their_column(normalization, rate, expected):
    factors = column_factor(normalization, DEGREES, COLUMNS, rate)
    np.testing.assert_allclose(factors, expected, rtol=1e-6)
