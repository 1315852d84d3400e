"""Numbers out of text columns, never failing for one bad field."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

_DECIMAL = r"^\s*[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?\s*$"
_NULL = pa.scalar(None, pa.binary())
_WHOLE = r"^-?\d+(?:\.0*)?$"

LATEST_TIMESTAMP = 10**11
"""Seconds; later than the year 5000, so anything above it is in a finer unit."""


def values(column: pa.Array) -> np.ndarray:
    """float32 [rows]: the numbers of a binary or float64 column, NaN where there is none or it is not finite.

    Text is a decimal number, spaces around it allowed. Python's other spellings (`1_000`, `inf`) are none.
    """
    numbers = _decimals(column) if pa.types.is_binary(column.type) else _floats(column)
    with np.errstate(over="ignore"):
        narrow = numbers.astype(np.float32)
    return np.where(np.isfinite(narrow), narrow, np.float32(np.nan))


def timestamps(column: pa.Array) -> np.ndarray:
    """float64 [rows]: whole numbers of a binary or float64 column, NaN where it is not one.

    `12.0` is a whole number: tables with gaps are often written so.
    """
    if pa.types.is_binary(column.type):
        whole = pc.match_substring_regex(column, pattern=_WHOLE)
        return _floats(pc.if_else(whole, column, _NULL).cast(pa.string()).cast(pa.float64()))
    numbers = _floats(column)
    return np.where(np.floor(numbers) == numbers, numbers, np.nan)


def _decimals(column: pa.Array) -> np.ndarray:
    try:
        return _floats(column.cast(pa.string()).cast(pa.float64()))
    except pa.ArrowInvalid:
        matching = pc.if_else(pc.match_substring_regex(column, pattern=_DECIMAL), column, _NULL)
    # A ratings column has few distinct texts, so that one bad field costs little.
    distinct = matching.dictionary_encode()
    numbers = [np.nan if text is None else float(text) for text in distinct.dictionary.to_pylist()]
    return _floats(pa.array(numbers, pa.float64()).take(distinct.indices))


def _floats(column: pa.Array) -> np.ndarray:
    """A float64 column as numpy, NaN for null."""
    return column.to_numpy(zero_copy_only=False).astype(np.float64)
