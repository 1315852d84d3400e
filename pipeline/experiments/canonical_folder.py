"""Reading of a canonical folder, as `autoncf data fetch` makes it, into matrices."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet
from scipy import sparse

from models.errors import UserError
from models.holdout import Holdout
from models.interactions import Interactions
from pipeline.experiments.data import RankingData

_DELIMITERS = {".csv": ",", ".tsv": "\t"}
_SUFFIXES = (*_DELIMITERS, ".parquet")
_TYPES = {"user_id": pa.string(), "item_id": pa.string(), "value": pa.float32()}


def table_file(folder: Path, stem: str) -> Path | None:
    """The file `stem`.csv, .tsv or .parquet of `folder`, None without any.

    Raises:
        UserError: if there are several.
    """
    files = [file for suffix in _SUFFIXES if (file := folder / f"{stem}{suffix}").is_file()]
    if len(files) > 1:
        names = " and ".join(file.name for file in files)
        raise UserError(f"{folder} holds {names}, and which to read is unclear: keep one.")
    return files[0] if files else None


def read_ranking_data(name: str, folder: Path) -> RankingData:
    """The interactions, held-out items and candidates of a folder, under the protocol `raw`.

    Users and items are numbered in the order of their ids as texts: all of those in a file, except what is
    only in interactions of a value that is not above 0, for those are none.

    Args:
        name: of the dataset.
        folder: with `interactions`, `test` and `candidates`.

    Raises:
        UserError: if a file is missing or unreadable, or a user has several test rows.
    """
    train, test, candidates = (_read(folder, stem) for stem in ("interactions", "test", "candidates"))
    train = train.filter(pc.greater(train["value"], 0))
    users, items = (_distinct(train, test, candidates, column=column) for column in ("user_id", "item_id"))
    train_users, train_items = _positions(train, users, items)
    test_users, test_items = _positions(test, users, items)
    if len(np.unique(test_users)) < len(test_users):
        raise UserError(
            f"{table_file(folder, 'test')} has several rows of one user, but experiments rank one held-out "
            "item per user: keep one row of each."
        )
    last_items = np.full(len(users), -1, np.int64)
    last_items[train_users] = train_items  # of a user's rows the last one stays
    interactions = _matrix(train_users, train_items, np.ones(len(train_users)), (len(users), len(items)))
    lists = _lists(test_users, test_items, *_positions(candidates, users, items), (len(users), len(items)))
    return RankingData(name, interactions, last_items, lists)


def read_ratings(folder: Path) -> Interactions:
    """All ratings of the `interactions` of a folder; of several of one pair the last one.

    Users and items are numbered in the order of their ids as texts.

    Raises:
        UserError: if the file is missing or unreadable, or all values are the same.
    """
    table = _read(folder, "interactions")
    users, items = _distinct(table, column="user_id"), _distinct(table, column="item_id")
    user_indices, item_indices = _positions(table, users, items)
    if len(pc.unique(table["value"])) < 2:
        raise UserError(
            f"{table_file(folder, 'interactions')} has the same value everywhere, so there are no ratings to "
            "predict: add test.csv and candidates.csv to rank instead."
        )
    return _matrix(user_indices, item_indices, table["value"].to_numpy(), (len(users), len(items)))


def _read(folder: Path, stem: str) -> pa.Table:
    """The columns user_id and item_id, string, and value, float32, which is 1 where the file has none."""
    file = table_file(folder, stem)
    if file is None:
        raise UserError(f"{folder} has no {stem}.csv, .tsv or .parquet, which this experiment reads: add it.")
    try:
        table = _read_parquet(file) if file.suffix == ".parquet" else _read_text(file)
    except pa.ArrowException as error:
        reason = str(error).splitlines()[0]
        raise UserError(f"{file} is not a table of user_id, item_id and value ({reason}): mend it.") from None
    if table["user_id"].null_count or table["item_id"].null_count:
        raise UserError(f"{file} needs a user_id and an item_id in every row: mend its header or its rows.")
    if table["value"].null_count == table.num_rows:
        return table.set_column(2, "value", pa.array(np.ones(table.num_rows, np.float32)))
    if not pc.all(pc.fill_null(pc.is_finite(table["value"]), False)).as_py():
        raise UserError(f"{file} has a value that is not a finite number: mend it, or leave the row out.")
    return table


def _read_text(file: Path) -> pa.Table:
    return pa.csv.read_csv(
        file,
        parse_options=pa.csv.ParseOptions(delimiter=_DELIMITERS[file.suffix]),
        convert_options=pa.csv.ConvertOptions(
            column_types=_TYPES,
            include_columns=list(_TYPES),
            include_missing_columns=True,
            null_values=[""],  # otherwise `nan` would be none, too
        ),
    )


def _read_parquet(file: Path) -> pa.Table:
    there = pa.parquet.read_schema(file).names
    table = pa.parquet.read_table(file, columns=[name for name in _TYPES if name in there])
    columns = [
        table[name].cast(type_) if name in there else pa.nulls(table.num_rows, type_)
        for name, type_ in _TYPES.items()
    ]
    return pa.table(columns, names=list(_TYPES))


def _distinct(*tables: pa.Table, column: str) -> pa.Array:
    """The distinct values of a column of all tables, sorted."""
    chunks = [chunk for table in tables for chunk in table[column].chunks]
    values = pc.unique(pa.chunked_array(chunks, pa.string()))
    return values.take(pc.sort_indices(values))


def _positions(table: pa.Table, users: pa.Array, items: pa.Array) -> tuple[np.ndarray, np.ndarray]:
    """Positions of the rows' users and items, int64 [rows] each."""
    return (
        pc.index_in(table["user_id"], users).to_numpy().astype(np.int64),
        pc.index_in(table["item_id"], items).to_numpy().astype(np.int64),
    )


def _matrix(users: np.ndarray, items: np.ndarray, values: np.ndarray, shape: tuple[int, int]) -> Interactions:
    # Copies of a pair would be added up; of the reversed rows `unique` finds the last one of the file.
    _, first = np.unique((users * shape[1] + items)[::-1], return_index=True)
    kept = len(users) - 1 - first
    matrix = sparse.csr_matrix((values[kept], (users[kept], items[kept])), shape=shape, dtype=np.float32)
    matrix.sort_indices()
    return Interactions(matrix)


def _lists(
    test_users: np.ndarray,
    test_items: np.ndarray,
    candidate_users: np.ndarray,
    candidate_items: np.ndarray,
    shape: tuple[int, int],
) -> Holdout:
    """A list for each test row: its item, then its user's candidates in the order of the file, once each."""
    list_of_user = np.full(shape[0], -1, np.int64)
    list_of_user[test_users] = np.arange(len(test_users))
    lists = np.concatenate([np.arange(len(test_users)), list_of_user[candidate_users]])
    items = np.concatenate([test_items, candidate_items])
    # Of copies the first stays: the held-out item, where it stands among the candidates too.
    _, first = np.unique(lists * shape[1] + items, return_index=True)
    order = np.sort(first[lists[first] >= 0])
    order = order[np.argsort(lists[order], kind="stable")]
    lengths = np.bincount(lists[order], minlength=len(test_users)).astype(np.int64)
    labels = (order < len(test_users)).astype(np.float32)
    return Holdout(test_users, lengths, items[order], labels)
