"""Users with their interactions by split, and the candidates that are ranked for them."""

from __future__ import annotations

import dataclasses

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from components.ingest.catalogue import Catalogue
from components.ingest.grouping import Bucket, Columns
from components.ingest.hashing import hash_ids
from components.ingest.negatives import sample
from components.ingest.settings import IngestSettings
from components.ingest.splits import Split


@dataclasses.dataclass(frozen=True)
class SplitBucket:
    """A bucket whose interactions have their splits.

    Attributes:
        bucket: the users.
        split: int8, split of each of the bucket's interactions.
    """

    bucket: Bucket
    split: np.ndarray

    def held_out(self, split: Split) -> Columns:
        """The interactions of `split`, given test rows among those of test."""
        own = self.bucket.interactions.take(self.split == split)
        return _concatenate(own, self.bucket.test) if split is Split.TEST else own

    def history(self, split: Split) -> Columns:
        """What is known of the users in `split`: train; for test, what is known before test."""
        known = Split.EVAL if split is Split.TEST else Split.TRAIN
        return self.bucket.interactions.take(self.split <= known) if split else self.held_out(Split.TRAIN)

    def users(self, split: Split) -> np.ndarray:
        """int64, sorted: users with at least one interaction in `split`."""
        return np.flatnonzero(np.bincount(self.held_out(split).user))

    def catalogue(self) -> Catalogue:
        """The bucket's items that stand in an interaction or in the given test."""
        bucket = self.bucket
        present = np.unique(np.concatenate([bucket.interactions.item, bucket.test.item]))
        train = bucket.interactions.item[self.split == Split.TRAIN]
        counts = np.bincount(train, minlength=len(bucket.item_ids))[present]
        return Catalogue(bucket.item_ids.take(pa.array(present)), counts)


@dataclasses.dataclass(frozen=True)
class Candidates:
    """What is ranked: a user's held-out items, then the negatives.

    Attributes:
        user: int64 [candidates], sorted.
        item_ids: binary [candidates].
        label: float32 [candidates].
    """

    user: np.ndarray
    item_ids: pa.Array
    label: np.ndarray


def candidates(
    split_bucket: SplitBucket, split: Split, catalogue: Catalogue, settings: IngestSettings
) -> Candidates:
    """Candidates of every user with something held out in `split`.

    Explicit: the held-out items, labels their ratings. Implicit: the held-out items, label 1, and others,
    label 0: for test the given candidates, as they are, where the user has any ("raw" protocol); else sampled
    ones, which the user never touched. Where the given candidates hold interactions of the user, those of
    eval may too: what is best by eval is to be best by such lists.
    """
    bucket = split_bucket.bucket
    held = split_bucket.held_out(split)
    if settings.feedback == "explicit":
        return _sorted(held.user, bucket.item_ids.take(pa.array(held.item)), held.value)
    given = _given(bucket, held, split)
    to_sample = np.setdiff1d(held.user, given.user)
    excluded = _concatenate(_excluded(bucket, held, split), bucket.test)
    sampled_user, sampled_item = _sampled(
        bucket, to_sample.astype(np.int64), excluded, catalogue, split, settings
    )
    user = np.concatenate([held.user, given.user, sampled_user])
    label = np.zeros(len(user), np.float32)
    label[: len(held)] = 1
    item_ids = pa.concat_arrays(
        [
            bucket.item_ids.take(pa.array(held.item)),
            bucket.item_ids.take(pa.array(given.item)),
            catalogue.item_ids.take(pa.array(sampled_item)),
        ]
    )
    return _sorted(user, item_ids, label)


def _given(bucket: Bucket, held: Columns, split: Split) -> Columns:
    """Given candidates of the users of `held` that are not their held-out items."""
    given = bucket.candidates
    if split is not Split.TEST:
        return given.take(np.zeros(len(given), bool))
    items = len(bucket.item_ids)
    positive = np.isin(given.user * items + given.item, held.user * items + held.item)
    return given.take(np.isin(given.user, held.user) & ~positive)


def _excluded(bucket: Bucket, held: Columns, split: Split) -> Columns:
    """The interactions that are no negatives.

    All of a user's, or those held out alone if the user's given list holds one of the others.
    """
    known = bucket.interactions
    if split is Split.TEST or not len(bucket.candidates):
        return known
    items = len(bucket.item_ids)
    given = bucket.candidates
    others = np.setdiff1d(known.user * items + known.item, held.user * items + held.item)
    listed = np.isin(given.user * items + given.item, others)
    return _concatenate(known.take(~np.isin(known.user, given.user[listed])), held)


def _sampled(
    bucket: Bucket,
    users: np.ndarray,
    excluded: Columns,
    catalogue: Catalogue,
    split: Split,
    settings: IngestSettings,
) -> tuple[np.ndarray, np.ndarray]:
    place = pc.index_in(bucket.item_ids, value_set=catalogue.item_ids).to_numpy(zero_copy_only=False)
    items = len(catalogue.item_ids)
    return sample(
        hash_ids(bucket.user_ids),
        users,
        np.sort(excluded.user * items + place[excluded.item].astype(np.int64)),
        items,
        settings.negatives,
        # Eval and test of a user must not share their negatives.
        seed=settings.seed * len(Split) + split,
    )


def _sorted(user: np.ndarray, item_ids: pa.Array, label: np.ndarray) -> Candidates:
    by_user = np.argsort(user, kind="stable")
    return Candidates(user[by_user], item_ids.take(pa.array(by_user)), label[by_user])


def _concatenate(first: Columns, second: Columns) -> Columns:
    return Columns(
        *(
            np.concatenate([getattr(first, field.name), getattr(second, field.name)])
            for field in dataclasses.fields(Columns)
        )
    )
