"""Pieces of buckets on their way through Beam: rows of one block whose users are in one bucket."""

import pyarrow as pa

from components.ingest.blocks import Block
from components.ingest.data_file import Role

Piece = tuple[int, int, bytes]
"""Ordinal of the block, role of its file, rows as an Arrow stream: nothing that takes Beam time to pickle."""


def pack(block: Block, table: pa.Table) -> Piece:
    """A piece of `block`."""
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return block.ordinal, int(block.file.role), sink.getvalue().to_pybytes()


def unpack(piece: Piece) -> tuple[int, Role, pa.Table]:
    """Ordinal of the block, role of its file, rows."""
    ordinal, role, stream = piece
    return ordinal, Role(role), pa.ipc.open_stream(stream).read_all()
