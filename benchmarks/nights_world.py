"""A shop that grows from night to night, and everything that can be wrong with what it delivers."""

from __future__ import annotations

import csv
import dataclasses
import shutil
from pathlib import Path

import numpy as np

FIRST_SECOND = 1_700_000_000
DAY = 86_400
GROUPS = 8
LOYALTY = 0.85
"""Probability that a user picks an item of their own group."""

Row = tuple[str, str, int, int]


@dataclasses.dataclass(frozen=True)
class Shop:
    """Users and items of planted groups: users prefer the items of their own, the popular ones first.

    Attributes:
        users: on the first night.
        items: on the first night.
        new_users: who come with each further night.
        new_items: likewise.
        active: share of the users who come on a night.
        per_visit: mean number of items that a visit touches.
        seed: of everything.
    """

    users: int = 500
    items: int = 1600
    new_users: int = 12
    new_items: int = 8
    active: float = 0.4
    per_visit: float = 5.0
    seed: int = 1

    def night(self, night: int) -> list[Row]:
        """What happened on a night, from 1: rows of (user_id, item_id, value, timestamp) by time."""
        rng = np.random.default_rng([self.seed, night])
        users = self.users + self.new_users * (night - 1)
        items = self.items + self.new_items * (night - 1)
        # New users come for sure, so that every night has some.
        coming = rng.random(users) < self.active
        coming[users - self.new_users :] = True
        odds = _odds(items)
        rows = []
        for user in np.flatnonzero(coming).tolist():
            start = FIRST_SECOND + DAY * night + int(rng.integers(DAY // 2))
            for order in range(1 + rng.poisson(self.per_visit - 1)):
                group = user % GROUPS if rng.random() < LOYALTY else int(rng.integers(GROUPS))
                item = group + GROUPS * rng.choice(len(odds[group]), p=odds[group])
                rows.append((f"u{user}", f"i{item}", int(rng.integers(1, 6)), start + 60 * order))
        return sorted(rows, key=lambda row: row[3])


def _odds(items: int) -> list[np.ndarray]:
    """Of each group's items: the popular ones first, as in a shop, but none without a chance."""
    odds = []
    for group in range(GROUPS):
        weights = 1 / (5 + np.arange(len(range(group, items, GROUPS)))) ** 0.9
        odds.append(weights / weights.sum())
    return odds


def deliver(folder: Path, night: int, rows: list[Row]) -> Path:
    """Writes a span, and `_SUCCESS` when it is whole; one that is there is replaced."""
    span = folder / f"span-{night}"
    shutil.rmtree(span, ignore_errors=True)
    span.mkdir(parents=True)
    with (span / "interactions.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["user_id", "item_id", "value", "timestamp"])
        writer.writerows(rows)
    (span / "_SUCCESS").touch()
    return span


def drifted(rows: list[Row]) -> list[Row]:
    """The same with item ids of another scheme, as after a change in the shop's export."""
    return [(user, f"sku-{item}", value, second) for user, item, value, second in rows]


def deliver_duplicate(folder: Path, night: int) -> None:
    """The night before once more, under the number of this one."""
    shutil.copytree(folder / f"span-{night - 1}", folder / f"span-{night}")


def deliver_corrupt(folder: Path, night: int, rows: list[Row]) -> None:
    """A file that was cut and overwritten in the middle of a transfer."""
    path = deliver(folder, night, rows) / "interactions.csv"
    content = path.read_bytes()
    noise = np.random.default_rng(night).bytes(len(content) // 3)
    path.write_bytes(content[: len(content) // 3] + noise)
