"""Examples of a bucket, column by column."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from components.ingest.catalogue import Catalogue
from components.ingest.grouping import Bucket, Columns
from components.ingest.heldout import SplitBucket, candidates
from components.ingest.settings import IngestSettings
from components.ingest.splits import Split

COUNT_BUCKETS = ("0", "1-9", "10-99", "100-999", "1000+")
"""Names of the buckets of counts in `user_activity` and `item_popularity`."""

_BUCKET_STARTS = (1, 10, 100, 1000)


def record_batch(
    split_bucket: SplitBucket,
    split: Split,
    catalogue: Catalogue,
    settings: IngestSettings,
    has_timestamps: bool,
) -> pa.RecordBatch:
    """One row per user of `split`; every column a list, as in a tf.Example.

    Args:
        split_bucket: users with their interactions by split.
        split: the split to write.
        catalogue: of all buckets.
        settings: of the run.
        has_timestamps: whether the history has them.
    """
    bucket = split_bucket.bucket
    users = split_bucket.users(split)
    history = split_bucket.history(split)
    if split is not Split.TRAIN:
        history = _of_users(history, users)
    item_ids = bucket.item_ids.take(pa.array(history.item))
    columns = {
        "user_id": _singles(bucket.user_ids.take(pa.array(users))),
        "item_ids": _lists(history.user, item_ids, users),
        "values": _lists(history.user, pa.array(history.value), users),
    }
    if has_timestamps:
        columns["timestamps"] = _lists(history.user, pa.array(history.timestamp), users)
    if split is not Split.TRAIN:
        ranked = candidates(split_bucket, split, catalogue, settings)
        columns["candidate_ids"] = _lists(ranked.user, ranked.item_ids, users)
        columns["labels"] = _lists(ranked.user, pa.array(ranked.label), users)
        columns["user_activity"] = _singles(_name_counts(_counts(history.user, users)))
        popularity = _median_popularity(split_bucket, split, catalogue)
        columns["item_popularity"] = _singles(_name_counts(popularity))
    return pa.RecordBatch.from_arrays(list(columns.values()), names=list(columns))


def span_record_batch(bucket: Bucket) -> pa.RecordBatch:
    """One row per user of a single span: user_id, item_ids, values, and as activity the number of items."""
    rows, users = bucket.interactions, np.arange(len(bucket.user_ids))
    columns = {
        "user_id": _singles(bucket.user_ids),
        "item_ids": _lists(rows.user, bucket.item_ids.take(pa.array(rows.item)), users),
        "values": _lists(rows.user, pa.array(rows.value), users),
        "activity": _singles(pa.array(_counts(rows.user, users), pa.float32())),
    }
    return pa.RecordBatch.from_arrays(list(columns.values()), names=list(columns))


def _of_users(rows: Columns, users: np.ndarray) -> Columns:
    wanted = np.zeros(max(rows.user.max(initial=-1), users.max(initial=-1)) + 1, bool)
    wanted[users] = True
    return rows.take(wanted[rows.user])


def _counts(row_users: np.ndarray, users: np.ndarray) -> np.ndarray:
    """int64 [users]: rows of each, the rows sorted by user."""
    return np.searchsorted(row_users, users, side="right") - np.searchsorted(row_users, users)


def _lists(row_users: np.ndarray, values: pa.Array, users: np.ndarray) -> pa.Array:
    """List of each user's values, the rows sorted by user; null instead of an empty list."""
    offsets = np.searchsorted(row_users, users)
    empty = np.append(_counts(row_users, users) == 0, False)
    bounds = pa.array(np.append(offsets, len(row_users)), pa.int32(), mask=empty)
    return pa.ListArray.from_arrays(bounds, values)


def _singles(values: pa.Array) -> pa.Array:
    return pa.ListArray.from_arrays(pa.array(np.arange(len(values) + 1), pa.int32()), values)


def _name_counts(counts: np.ndarray) -> pa.Array:
    """Name of the bucket that each count falls into."""
    where = np.searchsorted(_BUCKET_STARTS, counts, side="right")
    return pa.array(COUNT_BUCKETS, pa.string()).cast(pa.binary()).take(pa.array(where))


def _median_popularity(split_bucket: SplitBucket, split: Split, catalogue: Catalogue) -> np.ndarray:
    """float64 [users]: median number of train interactions of the items held out from each user."""
    held = split_bucket.held_out(split)
    global_item = pc.index_in(split_bucket.bucket.item_ids, value_set=catalogue.item_ids)
    counts = catalogue.train_counts[global_item.to_numpy(zero_copy_only=False)[held.item].astype(np.int64)]
    by_count = np.lexsort((counts, held.user))
    counts = counts[by_count]
    _, first, number = np.unique(held.user[by_count], return_index=True, return_counts=True)
    return (counts[first + (number - 1) // 2] + counts[first + number // 2]) / 2
