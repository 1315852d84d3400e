"""The file of rows that broke a rule."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from components import storage
from components.ingest.blocks import Block
from components.ingest.reader import Rejected
from components.ingest.report import BadRow

FILE_NAME = "quarantine.tsv"

_HEADER = "file\tline\treason\ttext\n"
_LONGEST_TEXT = 500


def locate(
    blocks: Iterable[Block], rejected: dict[int, list[Rejected]], line_counts: dict[int, int]
) -> Iterator[BadRow]:
    """The rejected rows in the order of the files, each with its line in the file.

    Args:
        blocks: all blocks of the run, in order.
        rejected: by ordinal of the block.
        line_counts: by ordinal of the block.
    """
    file, line = None, 0
    for block in blocks:
        if block.file != file:
            file, line = block.file, block.first_line
        for row in rejected.get(block.ordinal, ()):
            yield BadRow(
                file=block.file.name, line=line + row.line, reason=row.reason, text=_printable(row.text)
            )
        line += line_counts[block.ordinal]


def write(path: str, rows: Iterable[BadRow]) -> None:
    """Write `rows` as tab-separated text."""
    with storage.create_bytes(path) as output:
        output.write(_HEADER.encode())
        for row in rows:
            output.write(f"{row.file}\t{row.line}\t{row.reason}\t{row.text}\n".encode())


def _printable(text: bytes) -> str:
    """Text on one line and in one field, whatever the bytes."""
    cut = text[:_LONGEST_TEXT].decode("utf-8", "backslashreplace")
    escaped = cut.replace("\t", "\\t").replace("\r", "\\r").replace("\n", "\\n")
    return escaped + "…" if len(text) > _LONGEST_TEXT else escaped
