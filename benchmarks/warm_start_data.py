"""Interactions as two nights in a row see them: each user's latest ones held out, as the pipeline does it."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow.csv

from components.ingest.splits import Split, leave_one_out
from models.holdout import Holdout
from models.interactions import Interactions

NEGATIVES = 99


@dataclasses.dataclass(frozen=True)
class Events:
    """Who touched what, when; every pair once, at its first time.

    Attributes:
        users, items: int64 [n], numbers that stand for ids.
        timestamps: int64 [n], seconds.
    """

    users: np.ndarray
    items: np.ndarray
    timestamps: np.ndarray

    def until(self, second: int) -> Events:
        """Those before `second`."""
        return self.take(self.timestamps < second)

    def take(self, chosen: np.ndarray) -> Events:
        """Those that are `chosen`, bool or int64 positions."""
        return Events(self.users[chosen], self.items[chosen], self.timestamps[chosen])


@dataclasses.dataclass(frozen=True)
class Night:
    """What a run trains on and chooses its epochs on; its test split is left out.

    Attributes:
        vocabularies: ids of "users" and "items" of train and eval, in the order of their indices.
        train: all but the last two of each user with three or more.
        eval: the last but one of each of those, and `NEGATIVES` items that the user never touches.
    """

    vocabularies: dict[str, list[bytes]]
    train: Interactions
    eval: Holdout


def read_events(folder: Path) -> Events:
    """Of a folder with `interactions.csv`, timestamps in it; every interaction counts, whatever its value."""
    table = pyarrow.csv.read_csv(folder / "interactions.csv")
    columns = [table[name].to_numpy().astype(np.int64) for name in ("user_id", "item_id", "timestamp")]
    return _first_of_each(*columns)


def night(events: Events) -> Night:
    """Splits the events and numbers the ids of train and eval, the most frequent first."""
    by_user = np.lexsort((events.timestamps, events.users))
    _, first, counts = np.unique(events.users[by_user], return_index=True, return_counts=True)
    of_user = np.repeat(counts, counts)
    from_end = np.repeat(first + counts, counts) - 1 - np.arange(len(by_user))
    split = np.empty(len(by_user), np.int8)
    split[by_user] = leave_one_out(from_end, of_user)
    is_train = split[split < Split.TEST] == Split.TRAIN
    learnt = events.take(split < Split.TEST)
    users, user_index = _numbered(learnt.users)
    items, item_index = _numbered(learnt.items)
    shape = len(users), len(items)
    train = Interactions.from_histories(
        user_index[is_train],
        np.ones(is_train.sum(), np.int64),
        item_index[is_train],
        np.ones(is_train.sum(), np.float32),
        shape,
    )
    lists = _lists(events, learnt.users[~is_train], user_index[~is_train], item_index[~is_train], items)
    return Night({"users": _ids(users), "items": _ids(items)}, train, lists)


def _first_of_each(users: np.ndarray, items: np.ndarray, timestamps: np.ndarray) -> Events:
    order = np.argsort(timestamps, kind="stable")
    _, first = np.unique(users[order] * (items.max() + 1) + items[order], return_index=True)
    return Events(users, items, timestamps).take(order[np.sort(first)])


def _numbered(ids: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The distinct ids, the most frequent first, and the place of each of `ids` among them."""
    distinct, which, counts = np.unique(ids, return_inverse=True, return_counts=True)
    order = np.argsort(-counts, kind="stable")
    places = np.empty(len(order), np.int64)
    places[order] = np.arange(len(order))
    return distinct[order], places[which]


def _ids(numbers: np.ndarray) -> list[bytes]:
    return [str(number).encode() for number in numbers]


def _lists(
    events: Events, users: np.ndarray, user_index: np.ndarray, item_index: np.ndarray, items: np.ndarray
) -> Holdout:
    """Held-out items and negatives; a negative that is not among `items` is an unknown one."""
    random = np.random.default_rng(1)
    catalogue = np.unique(events.items)
    index_of = {item: index for index, item in enumerate(items)}
    candidates: list[Sequence[int]] = []
    labels: list[Sequence[float]] = []
    held_out_users, first = np.unique(users, return_index=True)
    for user in held_out_users:
        held_out = item_index[users == user]
        others = np.setdiff1d(catalogue, events.items[events.users == user])
        negatives = random.choice(others, min(NEGATIVES, len(others)), replace=False)
        candidates.append([*held_out, *(index_of.get(item, len(items)) for item in negatives)])
        labels.append([1.0] * len(held_out) + [0.0] * len(negatives))
    return Holdout(
        user_index[first],
        np.array([len(each) for each in candidates]),
        np.concatenate(candidates),
        np.concatenate(labels).astype(np.float32),
    )
