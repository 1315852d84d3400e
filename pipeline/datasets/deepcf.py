"""Conversion of the leave-one-out sets of DeepCF, with their holdout and their candidates exactly as given.

Deng et al. 2019. DeepCF: A Unified Framework of Representation Learning and Matching Function Learning in
Recommender System. AAAI. https://github.com/familyld/DeepCF

The candidates have defects which are kept, for they are the protocol every paper reports: some lists hold the
user's own positive, train items of the user, or an item twice.
"""

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.csv

from models.errors import UserError
from pipeline.datasets.canonical import Tally, write_table
from pipeline.datasets.catalog import Counts
from pipeline.datasets.layout import HoldoutLayout, Storage
from pipeline.datasets.progress import Progress, no_progress
from pipeline.datasets.source_files import SourceFiles

_TYPES = {"user_id": pa.int64(), "item_id": pa.int64(), "value": pa.float32()}


def convert_holdout(
    files: SourceFiles,
    layout: HoldoutLayout,
    folder: Path,
    storage: Storage,
    progress: Progress,
    expected_rows: int | None,
) -> Counts:
    """Write `interactions`, `test.csv` and `candidates.csv` (one row per candidate) into `folder`.

    Raises:
        UserError: if a file is not laid out as `layout` says, or the candidates belong to other test rows.
    """
    tally = Tally()
    train = _rows(files, layout.train)
    test = _rows(files, layout.test)
    candidates = _candidates(files, layout, test)
    return Counts(
        rows=write_table(
            train.to_batches(), folder / "interactions", storage, tally, progress, expected_rows
        ),
        test_rows=write_table(test.to_batches(), folder / "test", "csv", tally, no_progress, test.num_rows),
        candidate_rows=write_table(
            candidates.to_batches(), folder / "candidates", "csv", Tally(), progress, candidates.num_rows
        ),
        users=len(tally.users),
        items=len(tally.items),
    )


def _rows(files: SourceFiles, name: str) -> pa.Table:
    """The table user_id, item_id, value of a `.rating` file; further columns are dropped."""
    columns = {f"f{number}": type_ for number, type_ in enumerate(_TYPES.values())}
    with files.open(name) as stream:
        try:
            return pa.csv.read_csv(
                stream,
                pa.csv.ReadOptions(autogenerate_column_names=True),
                pa.csv.ParseOptions(delimiter="\t", quote_char=False),
                pa.csv.ConvertOptions(column_types=columns, include_columns=list(columns)),
            ).rename_columns(list(_TYPES))
        except (pa.ArrowInvalid, pa.ArrowKeyError) as error:
            reason = str(error).splitlines()[0]
            raise UserError(
                f"{files.path / name} is not user, item, value ({reason}); download it again."
            ) from None


def _candidates(files: SourceFiles, layout: HoldoutLayout, test: pa.Table) -> pa.Table:
    """The table user_id, item_id of the `.test.negative` file, whose line k belongs to row k of `test`."""
    pairs = list(zip(test["user_id"].to_pylist(), test["item_id"].to_pylist(), strict=True))
    users: list[int] = []
    items: list[int] = []
    lines = list(_negative_lines(files, layout.negatives))
    for line, (pair, negatives) in enumerate(lines):
        if line >= len(pairs) or pair != f"({pairs[line][0]},{pairs[line][1]})":
            raise UserError(
                f"{files.path / layout.negatives} line {line + 1} belongs to {pair}, which is not line "
                f"{line + 1} of {layout.test}; download both again."
            )
        users.extend([pairs[line][0]] * len(negatives))
        items.extend(negatives)
    if len(lines) < len(pairs):
        raise UserError(
            f"{files.path / layout.negatives} has {len(lines):,} lines and {layout.test} {len(pairs):,}; "
            "download both again."
        )
    return pa.table({"user_id": pa.array(users, pa.int64()), "item_id": pa.array(items, pa.int64())})


def _negative_lines(files: SourceFiles, name: str) -> Iterator[tuple[str, list[int]]]:
    """The pair in brackets and the ids behind it, line by line."""
    with files.open(name) as stream:
        for number, line in enumerate(stream, start=1):
            try:
                pair, *negatives = line.decode("ascii").split()
                yield pair, [int(item) for item in negatives]
            except ValueError:
                raise UserError(
                    f"{files.path / name} line {number} is not (user,item) and item ids; download it again."
                ) from None
