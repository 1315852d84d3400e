"""Files that hold nothing: a night without interactions delivers one."""

import pyarrow as pa
import pyarrow.parquet

from components import storage
from components.ingest.data_file import DataFile
from components.ingest.layout import text_layout
from components.ingest.settings import IngestSettings
from models.errors import UserError

_PIECE = 1 << 16


def has_rows(file: DataFile, settings: IngestSettings) -> bool:
    """Whether anything stands behind the header of `file`; nothing of a file without a byte is a header.

    A damaged file has rows: to say what is wrong with it is left to the reader.

    Raises:
        UserError: if the file cannot be opened, or is nothing but a line that is no header.
    """
    if not file.size:
        return False
    try:
        with storage.open_bytes(file.path) as content:
            if file.format == "parquet":
                return _parquet_has_rows(content)
            filled = _text_has_rows(content)
    except OSError as error:
        raise UserError(
            f"{file.path} cannot be read ({error.strerror or error}): make it readable for this user."
        ) from None
    if not filled:
        text_layout(file, settings)  # lines that end in a way of their own would all be one "header"
    return filled


def _parquet_has_rows(content) -> bool:
    try:
        return pa.parquet.ParquetFile(content).metadata.num_rows > 0
    except (pa.ArrowInvalid, OSError):
        return True


def _text_has_rows(content) -> bool:
    in_header = True
    while piece := content.read(_PIECE):
        if in_header:
            _, newline, piece = piece.partition(b"\n")
            in_header = not newline
        if piece.strip(b"\r\n") and not in_header:
            return True
    return False
