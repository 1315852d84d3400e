"""Split strategies: which interactions are train, eval and test."""

from __future__ import annotations

import enum

import numpy as np

from components.ingest.grouping import Bucket
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
        has_timestamps: whether there is a latest interaction; if not, it is drawn by seed, but the last one
            in the files beside a given test, whose rows most likely came from behind it.
        cut_offs: first second of eval and of test, for `temporal` alone.
    """
    split = settings.split
    if split.strategy == "temporal":
        assert cut_offs is not None
        return np.searchsorted(cut_offs, bucket.interactions.timestamp, side="right").astype(np.int8)
    if split.strategy == "random":
        return by_fraction(_hashes(bucket, settings.seed), split.eval_fraction, split.test_fraction)
    if split.strategy == "given" and settings.feedback == "explicit":
        return by_fraction(_hashes(bucket, settings.seed), split.eval_fraction, test_fraction=0)
    given = split.strategy == "given"
    rank = None if has_timestamps or given else mix(_hashes(bucket, settings.seed), _DRAWN)
    from_end, of_user = _from_end(bucket.interactions.user, rank)
    return (leave_last_out if given else leave_one_out)(from_end, of_user)


def _hashes(bucket: Bucket, seed: int) -> np.ndarray:
    """uint64 [interactions]: of the two ids and the seed."""
    user, item = hash_ids(bucket.user_ids), hash_ids(bucket.item_ids)
    return mix(user[bucket.interactions.user], item[bucket.interactions.item], seed)


def leave_one_out(from_end: np.ndarray, of_user: np.ndarray) -> np.ndarray:
    """Test is each user's last row, eval the one before: int8 [rows].

    A user with one row has it in train, one with two has none in eval.

    Args:
        from_end: int64 [rows], how many rows of the same user come later.
        of_user: int64 [rows], how many rows the user has.
    """
    split = np.zeros(len(from_end), np.int8)
    split[(from_end == 0) & (of_user >= 2)] = Split.TEST
    split[(from_end == 1) & (of_user >= 3)] = Split.EVAL
    return split


def leave_last_out(from_end: np.ndarray, of_user: np.ndarray) -> np.ndarray:
    """Eval is each user's last row, unless it is the only one; arguments as for `leave_one_out`."""
    return np.where((from_end == 0) & (of_user >= 2), Split.EVAL, Split.TRAIN).astype(np.int8)


def by_fraction(hashes: np.ndarray, eval_fraction: float, test_fraction: float) -> np.ndarray:
    """Test, then eval, then train, by where the hash of the pair falls in [0, 1).

    Whether a pair is held out depends on its ids and the seed, not on the other rows.
    """
    drawn = uniform(hashes)
    return np.select(
        [drawn < test_fraction, drawn < test_fraction + eval_fraction], [Split.TEST, Split.EVAL], Split.TRAIN
    ).astype(np.int8)


def _from_end(user: np.ndarray, rank: np.ndarray | None) -> tuple[np.ndarray, np.ndarray]:
    """How many rows of the same user come later, and how many the user has.

    Args:
        user: int64 [rows], sorted.
        rank: [rows], tells the order of a user's rows; without it they are in order.
    """
    of_user = np.bincount(user)
    later = np.cumsum(of_user)[user] - 1 - np.arange(len(user))
    if rank is None:
        return later, of_user[user]
    from_end = np.empty_like(later)
    from_end[np.lexsort((rank, user))] = later
    return from_end, of_user[user]
