"""Rows of one block as columns, before any value has been judged."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet

from components import storage
from components.ingest.blocks import Block
from components.ingest.data_file import DELIMITERS
from components.ingest.lines import read_lines, screen
from models.errors import UserError

_BOM = b"\xef\xbb\xbf"


@dataclasses.dataclass(frozen=True)
class Rows:
    """Rows that have the right number of columns.

    Attributes:
        columns: user_id and item_id (binary), value and timestamp (binary from text, else numbers) where the
            file has them.
        lines: int64 [rows], line of each inside the block, from 0.
        text: what a row looks like, by its position here.
        bad: (line inside the block, reason, text) of rows of another shape.
        line_count: lines of the block, blank ones and bad ones too.
    """

    columns: dict[str, pa.Array]
    lines: np.ndarray
    text: Callable[[int], bytes]
    bad: list[tuple[int, str, bytes]]
    line_count: int


def read_rows(block: Block) -> Rows:
    """Read one block.

    Raises:
        UserError: if a Parquet file is damaged.
    """
    return _read_parquet(block) if block.file.format == "parquet" else _read_text(block)


def _read_text(block: Block) -> Rows:
    names = block.layout.names
    delimiter = DELIMITERS[block.file.format]
    lines = screen(read_lines(block), delimiter, len(names))
    columns = _parse(lines.rows, delimiter, len(names), block.layout.positions)
    bad = [(line, reason, lines.text(line)) for line, reason in lines.bad]
    return Rows(columns, lines.good, lambda row: lines.text(lines.good[row]), bad, len(lines.starts))


def _parse(data: bytes, delimiter: str, width: int, positions: dict[str, int]) -> dict[str, pa.Array]:
    """Fields of well-formed rows as binary columns."""
    if not data.strip(b"\r\n"):
        return {key: pa.array([], pa.binary()) for key in positions}
    # The parser would take a byte order mark off the first row of any block.
    padding = b"\n" if data.startswith(_BOM) else b""
    # Not `read_csv`, which, to heed signals, searches all objects of the process on every call.
    reader = pa.csv.open_csv(
        pa.BufferReader(padding + data),
        read_options=pa.csv.ReadOptions(
            use_threads=False,
            block_size=len(data) + 2,  # one chunk: a row of any length fits
            column_names=[str(position) for position in range(width)],
        ),
        parse_options=pa.csv.ParseOptions(delimiter=delimiter),
        convert_options=pa.csv.ConvertOptions(
            include_columns=[str(position) for position in positions.values()],
            column_types={str(position): pa.binary() for position in positions.values()},
        ),
    )
    table = reader.read_all()
    return {key: table.column(str(position)).combine_chunks() for key, position in positions.items()}


def _read_parquet(block: Block) -> Rows:
    names = [block.layout.names[position] for position in block.layout.positions.values()]
    try:
        with storage.open_bytes(block.file.path) as content:
            groups = list(range(block.start, block.end))
            table = pa.parquet.ParquetFile(content).read_row_groups(groups, columns=names, use_threads=False)
    except (pa.ArrowInvalid, OSError) as error:
        raise UserError(f"{block.file.path} cannot be read as Parquet ({error}): write it again.") from None
    columns = {
        key: _canonical(key, table.column(block.layout.names[position]))
        for key, position in block.layout.positions.items()
    }

    def text(row: int) -> bytes:
        return "\t".join(str(table.column(name)[row].as_py()) for name in names).encode()

    return Rows(columns, np.arange(table.num_rows), text, [], table.num_rows)


def _canonical(key: str, column: pa.ChunkedArray) -> pa.Array:
    """Ids as binary, numbers as float64, timestamps as seconds."""
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    if key in ("user_id", "item_id"):
        if pa.types.is_integer(column.type):
            column = column.cast(pa.string())
        column = column.cast(pa.binary())
    elif pa.types.is_timestamp(column.type):
        column = pc.floor(pc.divide(column.cast(pa.timestamp("us")).cast(pa.int64()).cast(pa.float64()), 1e6))
    else:
        column = column.cast(pa.float64())
    return pa.concat_arrays(column.chunks) if column.num_chunks else pa.array([], column.type)
