import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.ingest import numbers

NAN = float("nan")


def binary(*texts):
    return pa.array([text.encode() for text in texts], pa.binary())


@pytest.mark.parametrize(
    ("text", "value"),
    [("5", 5), ("-0.5", -0.5), ("+5", 5), (" 5 ", 5), ("5.", 5), (".5", 0.5), ("1e2", 100), ("1E-1", 0.1)],
)
def test_decimal_numbers(text, value):
    assert numbers.values(binary(text))[0] == np.float32(value)


@pytest.mark.parametrize(
    "text", ["", "nan", "inf", "-Infinity", "five", "5,0", "1_000", "0x10", "1e999", "1e39", "4 5", "\x00"]
)
def test_text_that_is_no_finite_number(text):
    assert np.isnan(numbers.values(binary(text))[0])


@given(st.lists(st.text(alphabet="0123456789.eE+- naif_x", max_size=8), min_size=1, max_size=8))
def test_a_field_means_the_same_whatever_stands_beside_it(texts):
    together = numbers.values(binary(*texts, "not a number"))[:-1]
    alone = np.concatenate([numbers.values(binary(text)) for text in texts])
    np.testing.assert_array_equal(together, alone)


@pytest.mark.parametrize(("text", "seconds"), [("0", 0), ("881250949", 881250949), ("-5", -5), ("7.0", 7)])
def test_whole_numbers(text, seconds):
    assert numbers.timestamps(binary(text))[0] == seconds


@pytest.mark.parametrize("text", ["", "1.5", "1e9", "0x10", " 5", "2020-01-01", "nan", "+5"])
def test_text_that_is_no_whole_number(text):
    assert np.isnan(numbers.timestamps(binary(text))[0])


def test_numbers_of_parquet():
    np.testing.assert_array_equal(numbers.values(pa.array([1.5, None, NAN])), np.float32([1.5, NAN, NAN]))
    np.testing.assert_array_equal(numbers.timestamps(pa.array([3.0, 1.5, None])), [3, NAN, NAN])
