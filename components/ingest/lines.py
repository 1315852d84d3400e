"""Lines of a text block: which of them are rows that a CSV parser can be trusted with.

A row is one line. A line is screened before it is parsed, so that the parser meets rows of the right shape
alone: whatever is wrong with one line cannot move the numbers, or swallow the rows, of others.
"""

from __future__ import annotations

import dataclasses
import re

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from components import storage
from components.ingest.blocks import Block

_NEWLINE, _RETURN, _QUOTE = b'\n\r"'
_READ_AHEAD = 1 << 16


@dataclasses.dataclass(frozen=True)
class Lines:
    """Screened lines.

    Attributes:
        data: bytes of the block.
        starts: int64 [lines], where each begins in `data`.
        ends: int64 [lines], where each ends, without its line break.
        good: int64 [rows], the lines that are rows of the right shape.
        bad: (line, reason) of the lines that are not; blank lines are neither.
        rows: the bytes of the good lines alone.
    """

    data: bytes
    starts: np.ndarray
    ends: np.ndarray
    good: np.ndarray
    bad: list[tuple[int, str]]
    rows: bytes

    def text(self, line: int) -> bytes:
        """Line `line`, without its line break."""
        return self.data[self.starts[line] : self.ends[line]]


def read_lines(block: Block) -> bytes:
    """The bytes of all lines that begin inside `block`, the last one whole."""
    with storage.open_bytes(block.file.path) as content:
        content.seek(block.start - 1)  # the line break before the block tells whether a line begins with it
        data = content.read(block.end - block.start + 1)
        begin = data.find(b"\n") + 1
        if not begin:
            return b""
        pieces = [data[begin:]]
        while begin < len(data) and not pieces[-1].endswith(b"\n"):
            piece = content.read(_READ_AHEAD)
            if not piece:
                break
            head, newline, _ = piece.partition(b"\n")
            pieces.append(head + newline)
    return b"".join(pieces)


def screen(data: bytes, delimiter: str, columns: int) -> Lines:
    """Sort the lines of `data` into rows with `columns` fields and others.

    Args:
        data: whole lines; the last needs no line break.
        delimiter: one character.
        columns: number of fields of the header.
    """
    content = np.frombuffer(data, np.uint8)
    starts, ends = _boundaries(content)
    delimiters = _count(content, ord(delimiter), starts)
    reasons = np.where(delimiters == columns - 1, 0, _WRONG_COLUMNS).astype(np.int8)
    if _RETURN in data:
        returns = _count(content, _RETURN, starts)
        closing = (ends > starts) & (content[np.maximum(ends - 1, 0)] == _RETURN)
        ends = ends - closing
        reasons[returns > closing] = _INNER_RETURN
    if _QUOTE in data:
        quoted = np.flatnonzero((_count(content, _QUOTE, starts) > 0) & (reasons != _INNER_RETURN))
        texts = pa.array([data[starts[i] : ends[i]] for i in quoted.tolist()], pa.binary())
        reasons[quoted] = _screen_quoted(texts, delimiter, columns)
    blank = starts == ends
    good = np.flatnonzero(~blank & (reasons == 0))
    bad = [
        (line, _REASONS[reasons[line]].format(columns=columns))
        for line in np.flatnonzero(~blank & (reasons != 0)).tolist()
    ]
    return Lines(data, starts, ends, good, bad, _only(content, starts, good))


_WRONG_COLUMNS, _OPEN_QUOTE, _INNER_RETURN = 1, 2, 3
_REASONS = {
    _WRONG_COLUMNS: "number of columns is not the header's {columns}",
    _OPEN_QUOTE: "quotes do not enclose whole fields on this line (a line break inside a field is refused)",
    _INNER_RETURN: "a carriage return inside the line",
}


def _boundaries(content: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Starts and ends of lines, the line breaks outside."""
    ends = np.flatnonzero(content == _NEWLINE)
    starts = np.concatenate([[0], ends + 1])
    if len(content) and content[-1] != _NEWLINE:
        return starts, np.append(ends, len(content))
    return starts[:-1], ends


def _count(content: np.ndarray, byte: int, starts: np.ndarray) -> np.ndarray:
    """How often `byte` stands in each line."""
    if not len(starts):
        return np.zeros(0, np.int32)
    return np.add.reduceat((content == byte).view(np.uint8), starts, dtype=np.int32)


def _screen_quoted(texts: pa.Array, delimiter: str, columns: int) -> np.ndarray:
    """Reasons for lines with quotes: a quote means something at the beginning of a field alone."""
    other = f"[^{re.escape(delimiter)}]"
    field = rf'(?:"(?:[^"]|"")*"|[^"{re.escape(delimiter)}]{other}*|)'
    separated = f"{re.escape(delimiter)}{field}"
    # Latin-1 flags make a byte a character, so that text of any encoding passes here and is judged later.
    any_number = pc.match_substring_regex(texts, pattern=f"^{field}(?:{separated})*$")
    right = pc.match_substring_regex(texts, pattern="^" + field + separated * (columns - 1) + "$")
    shape = np.where(any_number.to_numpy(zero_copy_only=False), _WRONG_COLUMNS, _OPEN_QUOTE)
    return np.where(right.to_numpy(zero_copy_only=False), 0, shape).astype(np.int8)


def _only(content: np.ndarray, starts: np.ndarray, good: np.ndarray) -> bytes:
    """The bytes of the good lines with their line breaks."""
    if len(good) == len(starts):
        return content.tobytes()
    lengths = np.diff(np.append(starts, len(content)))
    keep = np.zeros(len(starts), bool)
    keep[good] = True
    return content[np.repeat(keep, lengths)].tobytes()
