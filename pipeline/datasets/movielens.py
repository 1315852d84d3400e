"""Conversion of a table of ratings and a table of titles (MovieLens, and RecBole's copy of it).

F. Maxwell Harper and Joseph A. Konstan. 2015. The MovieLens Datasets: History and Context. ACM TiiS 5, 4.
https://doi.org/10.1145/2827872
"""

import csv
import io
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.csv

from models.errors import UserError
from pipeline.datasets.canonical import Tally, write_table, write_titles
from pipeline.datasets.catalog import Counts
from pipeline.datasets.layout import RatingsLayout, Storage
from pipeline.datasets.progress import Progress
from pipeline.datasets.source_files import SourceFiles

_BLOCK_BYTES = 8 << 20
_TYPES = {"user_id": pa.int64(), "item_id": pa.int64(), "value": pa.float32(), "timestamp": pa.int64()}


def convert_ratings(
    files: SourceFiles,
    layout: RatingsLayout,
    folder: Path,
    storage: Storage,
    progress: Progress,
    expected_rows: int | None,
) -> tuple[Counts, int]:
    """Write `interactions` and, if the layout has titles, `items.csv` into `folder`.

    Returns:
        What was counted, and the number of titles.

    Raises:
        UserError: if a file is not laid out as `layout` says.
    """
    tally = Tally()
    batches = _ratings(files, layout)
    rows = write_table(batches, folder / "interactions", storage, tally, progress, expected_rows)
    titles = 0
    if layout.titles is not None:
        titles = write_titles(_titles(files, layout, layout.titles), folder / "items.csv")
    return Counts(users=len(tally.users), items=len(tally.items), rows=rows), titles


def _ratings(files: SourceFiles, layout: RatingsLayout) -> Iterator[pa.RecordBatch]:
    """Blocks with the columns user_id, item_id, value, timestamp."""
    with files.open(layout.ratings) as stream:
        try:
            yield from pa.csv.open_csv(
                stream,
                pa.csv.ReadOptions(
                    column_names=layout.columns, skip_rows=int(layout.header), block_size=_BLOCK_BYTES
                ),
                pa.csv.ParseOptions(delimiter=layout.delimiter, quote_char=False),
                pa.csv.ConvertOptions(
                    # RecBole declares its timestamps as floats, but writes whole seconds.
                    column_types=_TYPES,
                    include_columns=list(_TYPES),
                ),
            )
        except pa.ArrowInvalid as error:
            reason = str(error).splitlines()[0]
            raise UserError(
                f"{files.path}: {layout.ratings} is not a table of ratings ({reason}); download it again."
            ) from None


def _titles(files: SourceFiles, layout: RatingsLayout, name: str) -> Iterator[tuple[str, str]]:
    """(item_id, title) in the order of the file `name`."""
    with files.open(name) as stream:
        text = io.TextIOWrapper(stream, encoding=layout.titles_encoding, newline="")
        try:
            for number, fields in enumerate(_fields(text, layout.titles_delimiter), start=1):
                if layout.header and number == 1:
                    continue
                title = fields[1]
                if layout.year_column and fields[2]:
                    title = f"{title} ({fields[2]})"
                yield fields[0], title
        except (IndexError, UnicodeDecodeError):
            raise UserError(f"{files.path}: {name} is not a table of titles; download it again.") from None


def _fields(text: io.TextIOWrapper, delimiter: str) -> Iterator[list[str]]:
    if delimiter == ",":
        yield from csv.reader(text)
    else:
        yield from (line.rstrip("\r\n").split(delimiter) for line in text if line.strip())
