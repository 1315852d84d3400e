"""Tables and numbers in Markdown."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.experiments.reports.markdown import decimal, spread_cell, spread_cells, table
from pipeline.experiments.reports.over_seeds import Spread, spread
from pipeline.experiments.results import Result


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.8949, ".895"), (0.9996, "1.000"), (0, ".000"), (-0.0001, ".000"), (-0.25, "-.250"), (10.5, "10.500")],
)
def test_decimal(value: float, text: str) -> None:
    assert decimal(value) == text


def test_decimal_with_sign() -> None:
    assert [decimal(value, 4, sign=True) for value in (0.01234, -0.5, -1e-9, 1.5)] == [
        "+.0123",
        "-.5000",
        "+.0000",
        "+1.5000",
    ]


@given(st.floats(-1000, 1000), st.integers(1, 5))
def test_decimal_is_read_back(value: float, places: int) -> None:
    assert float(decimal(value, places)) == pytest.approx(value, abs=0.5000001 * 10**-places)


def test_table() -> None:
    assert table({"structure": ["mf", "gmf"], "HR": [".1", ".2"]}) == (
        "| structure | HR |\n| --- | ---: |\n| mf | .1 |\n| gmf | .2 |\n"
    )


def test_table_with_columns_of_unlike_length_is_refused() -> None:
    with pytest.raises(ValueError, match="zip"):
        table({"structure": ["mf"], "HR": []})


def test_spread_cell() -> None:
    assert spread_cell(Spread(0.5, 0.4, 0.6)) == ".500 (.400 – .600)"
    assert spread_cell(Spread(0.5, 0.4999, 0.5001)) == ".500"
    assert spread_cell(None) == "–"


def test_the_best_of_those_that_look_alike_are_bold() -> None:
    spreads = [Spread(0.5, 0.5, 0.5), None, Spread(0.50004, 0.5, 0.5), Spread(0.1, 0.1, 0.1)]
    assert spread_cells(spreads, "highest") == ["**.500**", "–", "**.500**", ".100"]
    assert spread_cells(spreads, "lowest") == [".500", "–", ".500", "**.100**"]
    assert spread_cells(spreads) == [".500", "–", ".500", ".100"]
    assert spread_cells([None], "highest") == ["–"]


def test_spread_over_seeds_leaves_out_what_is_not_there() -> None:
    values = [0.2, 0.4, float("nan")]
    results = [Result("a", "mf", seed, "test", {"rmse": value}, 0, {}) for seed, value in enumerate(values)]
    results.append(Result("a", "mf", 9, "test", {}, 0, {}))
    assert spread(results, "rmse") == pytest.approx((0.3, 0.2, 0.4))
    assert spread(results, "raw_hr_at_10") is None
