"""Tables and numbers in Markdown."""

import re
from collections.abc import Mapping, Sequence
from typing import Literal

from pipeline.experiments.reports.over_seeds import Spread

NOTHING = "–"
"""In the place of a value that is not there."""


def table(columns: Mapping[str, Sequence[str]]) -> str:
    """A table whose first column is aligned left and whose others are aligned right.

    Args:
        columns: the cells under each title, as many in each.
    """
    lines = [tuple(columns), ("---", *["---:"] * (len(columns) - 1))]
    lines.extend(zip(*columns.values(), strict=True))
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"


def decimal(value: float, places: int = 3, sign: bool = False) -> str:
    """A number as the paper writes it, without the zero before the point: `.895`, `-.012`.

    Args:
        value: to be written.
        places: digits after the point.
        sign: whether a plus sign goes before a positive number.
    """
    rounded = round(value, places) + 0.0  # which turns a negative zero into a zero
    return re.sub(r"^([+-]?)0\.", r"\1.", f"{rounded:{'+' if sign else ''}.{places}f}")


def spread_cell(spread: Spread | None, places: int = 3) -> str:
    """`mean (lowest – highest)`, without the range where all seeds agree."""
    if spread is None:
        return NOTHING
    mean, low, high = (decimal(value, places) for value in spread)
    return mean if low == high else f"{mean} ({low} – {high})"


def spread_cells(
    spreads: Sequence[Spread | None], best: Literal["highest", "lowest"] | None = None, places: int = 3
) -> list[str]:
    """A cell for every row of a column.

    Args:
        spreads: of every row.
        best: which mean is set in bold, and all that look the same; None for none.
        places: digits after the point.
    """
    means = [round(spread.mean, places) for spread in spreads if spread]
    top = None
    if best and means:
        top = max(means) if best == "highest" else min(means)
    cells = []
    for spread in spreads:
        cell = spread_cell(spread, places)
        cells.append(f"**{cell}**" if spread and round(spread.mean, places) == top else cell)
    return cells
