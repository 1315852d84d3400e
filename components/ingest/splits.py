"""Split strategies: which interactions are train, eval and test."""

from __future__ import annotations

import enum

import numpy as np

from components.ingest.grouping import Bucket, Columns
from components.ingest.hashing import hash_ids, mix, uniform
from components.ingest.settings import IngestSettings


class Split(enum.IntEnum):
    """Splits in the order of time."""

    TRAIN = 0
    EVAL = 1
    TEST = 2

    @property
    def label(self) -> str:
        """The name of the split in an artifact."""
        return self.name.lower()


SPLIT_NAMES = tuple(split.label for split in Split)

_DRAWN = 2
"""Tells the hash that orders a user's interactions from others of the same seed."""


def assign(
    bucket: Bucket, settings: IngestSettings, has_timestamps: bool, cut_offs: tuple[int, int] | None
) -> np.ndarray:
    """Split of each of the bucket's interactions (not of its given test rows): int8 [interactions].

    Args:
        bucket: users with all their interactions.
        settings: of the run.
        has_timestamps: whether there is a latest interaction; if not, it is drawn by seed.
        cut_offs: first second of eval and of test, for `temporal` alone.
    """
    rows = bucket.interactions
    hashes = mix(hash_ids(bucket.user_ids)[rows.user], hash_ids(bucket.item_ids)[rows.item], settings.seed)
    rank = rows.timestamp if has_timestamps else mix(hashes, _DRAWN)
    split = settings.split
    if split.strategy == "random":
        return by_fraction(hashes, split.eval_fraction, split.test_fraction)
    if split.strategy == "temporal":
        assert cut_offs is not None
        return np.searchsorted(cut_offs, rows.timestamp, side="right").astype(np.int8)
    if split.strategy == "leave-one-out":
        return leave_one_out(rows, rank)
    if settings.feedback == "explicit":
        return by_fraction(hashes, split.eval_fraction, test_fraction=0)
    return leave_last_out(rows, rank)


def leave_one_out(rows: Columns, rank: np.ndarray) -> np.ndarray:
    """Test is each user's row of highest rank, eval the one before; ties go by order.

    A user with one row has it in train, one with two has none in eval.
    """
    from_end, of_user = _from_end(rows, rank)
    split = np.zeros(len(rows), np.int8)
    split[(from_end == 0) & (of_user >= 2)] = Split.TEST
    split[(from_end == 1) & (of_user >= 3)] = Split.EVAL
    return split


def leave_last_out(rows: Columns, rank: np.ndarray) -> np.ndarray:
    """Eval is each user's row of highest rank, unless it is the only one."""
    from_end, of_user = _from_end(rows, rank)
    return np.where((from_end == 0) & (of_user >= 2), Split.EVAL, Split.TRAIN).astype(np.int8)


def by_fraction(hashes: np.ndarray, eval_fraction: float, test_fraction: float) -> np.ndarray:
    """Test, then eval, then train, by where the hash of the pair falls in [0, 1).

    Whether a pair is held out depends on its ids and the seed, not on the other rows.
    """
    drawn = uniform(hashes)
    return np.select(
        [drawn < test_fraction, drawn < test_fraction + eval_fraction], [Split.TEST, Split.EVAL], Split.TRAIN
    ).astype(np.int8)


def _from_end(rows: Columns, rank: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """How many rows of the same user come behind each row, and how many the user has."""
    order = np.lexsort((rows.order, rank, rows.user))
    of_user = np.bincount(rows.user)
    ends = np.cumsum(of_user)
    from_end = np.empty(len(rows), np.int64)
    from_end[order] = ends[rows.user[order]] - 1 - np.arange(len(rows))
    return from_end, of_user[rows.user]
