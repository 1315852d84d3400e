"""Blocks: pieces of files that are read in parallel."""

import dataclasses

import pyarrow as pa
import pyarrow.parquet

from components import storage
from components.ingest.contents import contents_of
from components.ingest.data_file import DataFile, Role
from components.ingest.layout import Layout, parquet_layout, text_layout
from components.ingest.settings import IngestSettings
from components.ingest.source import Files
from models.errors import UserError

BLOCK_BYTES = 16 << 20


@dataclasses.dataclass(frozen=True)
class Block:
    """One piece of one file.

    Attributes:
        file: the file.
        layout: its columns.
        ordinal: number of the block among all blocks of the run; a later span or line has a higher one.
        start: first byte of a text block (it owns the lines that begin in it), first row group of a Parquet
            block.
        end: the byte or row group behind the last.
        first_line: number of the first row for Parquet; for text, whose lines are not counted yet, of the
            first line behind the header.
    """

    file: DataFile
    layout: Layout
    ordinal: int
    start: int
    end: int
    first_line: int


@dataclasses.dataclass(frozen=True)
class Plan:
    """What is to be read.

    Attributes:
        blocks: all of them, in order.
        has_timestamps: whether the interactions have a timestamp column.
        total_bytes: uncompressed bytes of all files.
        contents: digest of every file, by its name relative to the folder.
        empty: names of the spans that have no rows.
        waiting: names of the spans that are not complete.
    """

    blocks: tuple[Block, ...]
    has_timestamps: bool
    total_bytes: int
    contents: dict[str, str]
    empty: tuple[str, ...] = ()
    waiting: tuple[str, ...] = ()

    @property
    def has_spans(self) -> bool:
        """Whether the interactions come in spans, and not as one whole file."""
        return any(block.file.span is not None for block in self.blocks)


def plan_blocks(files: Files, settings: IngestSettings, block_bytes: int = BLOCK_BYTES) -> Plan:
    """Cut `files` into blocks of about `block_bytes`.

    Raises:
        UserError: if a file's header or schema is not what `settings` say, or only some spans have
            timestamps.
    """
    blocks: list[Block] = []
    total_bytes = 0
    for file in files.to_read:
        cut = _cut_parquet if file.format == "parquet" else _cut_text
        total_bytes += cut(file, settings, block_bytes, blocks)
    has_timestamps = _has_timestamps(blocks, settings)
    contents = contents_of(files.to_read)
    return Plan(tuple(blocks), has_timestamps, total_bytes, contents, files.empty, files.waiting)


def _cut_text(file: DataFile, settings: IngestSettings, block_bytes: int, blocks: list[Block]) -> int:
    layout = text_layout(file, settings)
    for start in range(layout.data_start, file.size, block_bytes):
        end = min(start + block_bytes, file.size)
        blocks.append(Block(file, layout, len(blocks), start, end, first_line=2))
    return file.size


def _cut_parquet(file: DataFile, settings: IngestSettings, block_bytes: int, blocks: list[Block]) -> int:
    try:
        with storage.open_bytes(file.path) as content:
            metadata = pa.parquet.ParquetFile(content).metadata
            layout = parquet_layout(file, metadata.schema.to_arrow_schema(), settings)
    except (pa.ArrowInvalid, OSError) as error:
        raise UserError(f"{file.path} cannot be read as Parquet ({error}): write it again.") from None
    start = size = rows = total = 0
    first_line = 1
    for group in range(metadata.num_row_groups):
        size += metadata.row_group(group).total_byte_size
        rows += metadata.row_group(group).num_rows
        if size >= block_bytes or group == metadata.num_row_groups - 1:
            blocks.append(Block(file, layout, len(blocks), start, group + 1, first_line))
            first_line += rows
            total += size
            start, size, rows = group + 1, 0, 0
    return total


def _has_timestamps(blocks: list[Block], settings: IngestSettings) -> bool:
    interactions = [block for block in blocks if block.file.role is Role.INTERACTIONS]
    with_them = [block.file for block in interactions if "timestamp" in block.layout.positions]
    without = [block.file for block in interactions if "timestamp" not in block.layout.positions]
    if with_them and without:
        raise UserError(
            f"{with_them[0].path} has timestamps and {without[0].path} has none: give them to all spans, or "
            "set columns.timestamp to null."
        )
    if not with_them and settings.split.strategy == "temporal":
        raise UserError(
            'split.strategy = "temporal" needs timestamps, and the interactions have none: set '
            "columns.timestamp, or choose another strategy."
        )
    return bool(with_them)
