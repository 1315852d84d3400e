"""One block in, accepted interactions and rejected rows out."""

from __future__ import annotations

import dataclasses

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from components.ingest import numbers
from components.ingest.blocks import Block
from components.ingest.rows import Rows, read_rows
from components.ingest.settings import IngestSettings


@dataclasses.dataclass(frozen=True)
class Rejected:
    """A row that broke a rule.

    Attributes:
        line: number of its line, from 0, inside its block.
        reason: the rule.
        text: the line.
    """

    line: int
    reason: str
    text: bytes


@dataclasses.dataclass(frozen=True)
class ReadBlock:
    """What a block holds.

    Attributes:
        table: user_id, item_id (binary), value (float32), timestamp (int64, seconds).
        rejected: rows that broke a rule, in order of their lines.
        line_count: lines of the block.
    """

    table: pa.Table
    rejected: list[Rejected]
    line_count: int


def read_block(
    block: Block, settings: IngestSettings, domain: tuple[float, float], latest_timestamp: int
) -> ReadBlock:
    """Read one block and hold every row against every rule.

    Args:
        block: what to read.
        settings: of the run.
        domain: lowest and highest value allowed.
        latest_timestamp: last second allowed.
    """
    rows = read_rows(block)
    count = len(rows.lines)
    reasons = _Reasons(count)
    for key in ("user_id", "item_id"):
        _judge_id(key, rows.columns[key], settings, reasons)
    value = _values(rows, settings, domain, reasons)
    timestamp = _timestamps(rows, settings, latest_timestamp, reasons)
    accepted = reasons.none()
    table = pa.table(
        {
            "user_id": _without_nulls(rows.columns["user_id"]),
            "item_id": _without_nulls(rows.columns["item_id"]),
            "value": value,
            "timestamp": timestamp,
        }
    )
    table = table if accepted.all() else table.filter(pa.array(accepted))
    rejected = [Rejected(*row) for row in rows.bad]
    rejected += [
        Rejected(int(rows.lines[row]), reason, rows.text(row)) for row, reason in reasons.first_of_each()
    ]
    return ReadBlock(table, sorted(rejected, key=lambda row: row.line), rows.line_count)


class _Reasons:
    """The first rule that each row broke."""

    def __init__(self, count: int) -> None:
        self._texts = [""]
        self._codes = np.zeros(count, np.int16)

    def add(self, broken: np.ndarray, text: str) -> None:
        """Note `text` for the rows that `broken` [rows] marks and that broke no earlier rule."""
        if broken.any():
            self._texts.append(text)
            self._codes[broken & (self._codes == 0)] = len(self._texts) - 1

    def none(self) -> np.ndarray:
        """Mark the rows that broke no rule."""
        return self._codes == 0

    def first_of_each(self) -> list[tuple[int, str]]:
        """(row, text) of the rows that broke one."""
        broken = np.flatnonzero(self._codes)
        return [(row, self._texts[self._codes[row]]) for row in broken.tolist()]


def _judge_id(key: str, column: pa.Array, settings: IngestSettings, reasons: _Reasons) -> None:
    name = getattr(settings.columns, key)
    lengths = pc.fill_null(pc.binary_length(column), 0).to_numpy(zero_copy_only=False)
    reasons.add(lengths == 0, f"{name} is empty")
    try:
        column.cast(pa.string())
    except pa.ArrowInvalid:
        broken = np.array([not _is_utf8(identifier) for identifier in column.to_pylist()])
        reasons.add(broken, f"{name} is not UTF-8")
    for character in "\n\r":  # the vocabularies are text files, a line an id
        line_break = pc.fill_null(pc.match_substring(column, pattern=character), False)
        reasons.add(line_break.to_numpy(zero_copy_only=False), f"{name} holds a line break")


def _is_utf8(identifier: bytes | None) -> bool:
    try:
        (identifier or b"").decode()
    except UnicodeDecodeError:
        return False
    return True


def _values(
    rows: Rows, settings: IngestSettings, domain: tuple[float, float], reasons: _Reasons
) -> np.ndarray:
    """float32 [rows]; 1 where the file has no values."""
    if "value" not in rows.columns:
        return np.ones(len(rows.lines), np.float32)
    value = numbers.values(rows.columns["value"])
    name = settings.columns.value
    reasons.add(np.isnan(value), f"{name} is not a finite number")
    low, high = np.float32(domain[0]), np.float32(domain[1])
    outside = (value < low) | (value > high)
    reasons.add(outside, f"{name} is outside the schema's domain, {domain[0]:g} to {domain[1]:g}")
    return value


def _timestamps(rows: Rows, settings: IngestSettings, latest: int, reasons: _Reasons) -> np.ndarray:
    """int64 [rows], seconds; 0 where the file has no timestamps."""
    if "timestamp" not in rows.columns:
        return np.zeros(len(rows.lines), np.int64)
    seconds = numbers.timestamps(rows.columns["timestamp"])
    name = settings.columns.timestamp
    reasons.add(np.isnan(seconds), f"{name} is not a whole number")
    reasons.add(seconds < 0, f"{name} is negative")
    finer = seconds > numbers.LATEST_TIMESTAMP
    reasons.add(finer, f"{name} is not in seconds (milliseconds? divide by 1000)")
    reasons.add(seconds > latest, f"{name} is in the future")
    usable = ~(np.isnan(seconds) | (seconds < 0) | finer)
    return np.where(usable, seconds, 0).astype(np.int64)


def _without_nulls(column: pa.Array) -> pa.Array:
    return pc.fill_null(column, b"") if column.null_count else column
