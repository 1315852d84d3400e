"""Grouping by user: blocks are cut into buckets of users, and the pieces of a bucket are joined."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from components.ingest.data_file import Role
from components.ingest.hashing import hash_ids

BUCKET_BYTES = 4 << 20
_MOST_BUCKETS = 1024


def bucket_count(total_bytes: int) -> int:
    """Number of buckets that keeps each at a few megabytes, up to a thousand."""
    return min(max(-(-total_bytes // BUCKET_BYTES), 1), _MOST_BUCKETS)


def cut(table: pa.Table, buckets: int) -> Iterator[tuple[int, pa.Table]]:
    """Cut a block's rows into (bucket, rows), all rows of a user in the same bucket."""
    if not table.num_rows:
        return
    users = table.column("user_id").combine_chunks().dictionary_encode()
    bucket_of_user = (hash_ids(users.dictionary) % np.uint64(buckets)).astype(np.int64)
    bucket = bucket_of_user[users.indices.to_numpy(zero_copy_only=False)]
    by_bucket = np.argsort(bucket, kind="stable")
    table = table.take(pa.array(by_bucket))
    bounds = np.searchsorted(bucket[by_bucket], np.arange(buckets + 1))
    for number in np.unique(bucket).tolist():
        yield number, table.slice(bounds[number], bounds[number + 1] - bounds[number])


@dataclasses.dataclass(frozen=True)
class Columns:
    """Rows as aligned numpy columns; users and items are positions in the sorted ids of their bucket.

    Attributes:
        user: int64 [rows].
        item: int64 [rows].
        value: float32 [rows].
        timestamp: int64 [rows].
    """

    user: np.ndarray
    item: np.ndarray
    value: np.ndarray
    timestamp: np.ndarray

    def __len__(self) -> int:
        return len(self.user)

    def take(self, which: np.ndarray) -> Columns:
        """The rows that `which` (positions or a mask) picks."""
        if which.dtype == bool and which.all():
            return self
        return Columns(*(getattr(self, field.name)[which] for field in dataclasses.fields(self)))


@dataclasses.dataclass(frozen=True)
class Bucket:
    """All rows of some users.

    Attributes:
        user_ids: binary [users], sorted.
        item_ids: binary [items], sorted: every item that stands in a row.
        interactions: a row per pair of user and item, with the value of its latest row and the time of its
            first, sorted by user, timestamp and place of the first in the files; none that is also in `test`.
        test: the given holdout, likewise.
        candidates: the given candidates, likewise.
        duplicates: rows merged into another one of the same user and item, but for candidates.
        in_test: pairs dropped from the interactions because `test` holds them.
    """

    user_ids: pa.Array
    item_ids: pa.Array
    interactions: Columns
    test: Columns
    candidates: Columns
    duplicates: int
    in_test: int


def join(pieces: Iterable[tuple[int, Role, pa.Table]]) -> Bucket:
    """Join the pieces of one bucket, whatever order they come in.

    Args:
        pieces: ordinal of the block, role of the file, rows of the block that are in the bucket.
    """
    _, roles, tables = zip(*sorted(pieces, key=lambda piece: piece[0]), strict=True)
    role = np.repeat(np.array(roles), [table.num_rows for table in tables])
    table = pa.concat_tables(tables)
    user, user_ids = _encode(table.column("user_id"))
    item, item_ids = _encode(table.column("item_id"))
    rest = (table.column(name).to_numpy() for name in ("value", "timestamp"))
    rows = Columns(user, item, *rest)
    whole = {each: rows.take(role == each) for each in Role}
    unique = {each: _merged(whole[each], len(item_ids)) for each in Role}
    interactions, test = unique[Role.INTERACTIONS], unique[Role.TEST]
    in_test = np.isin(_pairs(interactions, len(item_ids)), _pairs(test, len(item_ids)))
    return Bucket(
        user_ids,
        item_ids,
        interactions.take(~in_test),
        test,
        unique[Role.CANDIDATES],
        sum(len(whole[each]) - len(unique[each]) for each in (Role.INTERACTIONS, Role.TEST)),
        int(in_test.sum()),
    )


def _encode(column: pa.ChunkedArray) -> tuple[np.ndarray, pa.Array]:
    """Positions in the sorted distinct ids, and these."""
    encoded = column.combine_chunks().dictionary_encode()
    by_id = pc.sort_indices(encoded.dictionary).to_numpy().astype(np.int64)
    rank = np.empty(len(by_id), np.int64)
    rank[by_id] = np.arange(len(by_id))
    return rank[encoded.indices.to_numpy()], encoded.dictionary.take(pa.array(by_id))


def _merged(rows: Columns, items: int) -> Columns:
    """One row per pair, sorted by user and timestamp; `rows` stand as in the files.

    The value is the latest. The time is that of the first row: what a model may have learnt once must never
    be held out from a later one.
    """
    by_time = rows.take(np.lexsort((rows.timestamp, rows.user)))  # stable: ties stay as they are
    pairs = _pairs(by_time, items)
    by_pair = np.argsort(pairs, kind="stable")
    change = np.diff(pairs[by_pair], prepend=-1, append=-1) != 0
    if change.all():  # no pair comes twice
        return by_time
    first, last = by_pair[change[:-1]], by_pair[change[1:]]
    value = by_time.value.copy()
    value[first] = by_time.value[last]
    is_first = np.zeros(len(rows), bool)
    is_first[first] = True
    return dataclasses.replace(by_time, value=value).take(is_first)


def _pairs(rows: Columns, items: int) -> np.ndarray:
    return rows.user * items + rows.item
