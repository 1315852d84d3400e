"""Writing of the canonical folder: staged beside its place, renamed into it when it is whole."""

import contextlib
import csv
import glob
import os
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet

from pipeline.datasets.layout import Storage
from pipeline.datasets.progress import Progress


class Tally:
    """Counts distinct users and items over everything that is written with it."""

    def __init__(self) -> None:
        self.users: set[int] = set()
        self.items: set[int] = set()

    def add(self, batch: pa.RecordBatch) -> None:
        """Count the `user_id` and `item_id` of `batch`."""
        self.users.update(pc.unique(batch.column(batch.schema.get_field_index("user_id"))).to_pylist())
        self.items.update(pc.unique(batch.column(batch.schema.get_field_index("item_id"))).to_pylist())


def write_table(
    batches: Iterable[pa.RecordBatch],
    stem: Path,
    storage: Storage,
    tally: Tally,
    progress: Progress,
    expected_rows: int | None,
) -> int:
    """Write `batches` to `stem` + `.csv` or `.parquet`, block by block, and return the number of rows.

    `user_id` and `item_id` come as integers, as in every source here; Parquet gets the strings that ids are.
    """
    writer: pa.csv.CSVWriter | pa.parquet.ParquetWriter | None = None
    rows = 0
    with contextlib.ExitStack() as stack:
        for batch in batches:
            tally.add(batch)
            table = pa.Table.from_batches([batch])
            if storage == "parquet":
                table = _with_string_ids(table)
            if writer is None:
                writer = stack.enter_context(_writer(stem, storage, table.schema, stack))
            writer.write_table(table)
            rows += batch.num_rows
            progress(f"Writing {stem.name}.{storage}", rows, expected_rows)
    return rows


def _writer(
    stem: Path, storage: Storage, schema: pa.Schema, stack: contextlib.ExitStack
) -> "pa.csv.CSVWriter | pa.parquet.ParquetWriter":
    path = stem.parent / f"{stem.name}.{storage}"
    if storage == "parquet":
        return pa.parquet.ParquetWriter(path, schema, compression="zstd")
    output = stack.enter_context(path.open("wb"))
    # pyarrow would put the header in quotes.
    output.write((",".join(schema.names) + "\n").encode())
    return pa.csv.CSVWriter(output, schema, write_options=pa.csv.WriteOptions(include_header=False))


def _with_string_ids(table: pa.Table) -> pa.Table:
    for position, name in enumerate(table.column_names):
        if name in ("user_id", "item_id"):
            table = table.set_column(position, name, table[name].cast(pa.string()))
    return table


def write_titles(titles: Iterable[tuple[str, str]], path: Path) -> int:
    """Write (item_id, title) rows as `items.csv`, quoted where a title holds a comma; return their number."""
    rows = list(titles)
    with path.open("w", encoding="utf-8", newline="") as output:
        writer = csv.writer(output, lineterminator="\n")
        writer.writerow(("item_id", "title"))
        writer.writerows(rows)
    return len(rows)


@contextlib.contextmanager
def staged(folder: Path) -> Iterator[Path]:
    """An empty folder beside `folder` that takes its place when the context ends well, and else vanishes.

    A kill in between leaves at most a hidden folder, which the next call removes. What `folder` held before
    is replaced.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    _remove_abandoned(folder)
    staging = folder.parent / f".{folder.name}.partial-{os.getpid()}"
    staging.mkdir()
    try:
        yield staging
        if folder.exists():
            replaced = folder.parent / f".{folder.name}.partial-{os.getpid()}-replaced"
            os.rename(folder, replaced)
            os.rename(staging, folder)
            shutil.rmtree(replaced)
        else:
            os.rename(staging, folder)
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def _remove_abandoned(folder: Path) -> None:
    """Remove what killed processes left beside `folder`."""
    for path in folder.parent.glob(f".{glob.escape(folder.name)}.partial-*"):
        process = path.name.rpartition(".partial-")[2].partition("-")[0]
        if process.isdigit() and (int(process) == os.getpid() or not _is_running(int(process))):
            shutil.rmtree(path, ignore_errors=True)


def _is_running(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # of another user
        return True
    return True
