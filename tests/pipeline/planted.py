"""Interactions with a taste planted in them: users prefer the items of their own group, one of four."""

import csv
from pathlib import Path

import numpy as np

GROUPS = 4
USERS = 240
ITEMS = 120
PER_USER = 14
LOYALTY = 0.9
"""Probability that an interaction is with an item of the user's own group."""

TEXT_ROW = ["u1", "i2", "many", "1000000000"]
"""Breaks the rule that values are numbers."""


def write_implicit(folder: Path) -> Path:
    """Plays with counts and timestamps, with one row that breaks a rule and one that comes twice.

    Whoever knows the groups ranks a held-out item above the items of other groups: among 1 + 49 candidates
    at least nine in ten of them are below rank 15, most below 10.
    """
    rng = np.random.default_rng(7)
    rows = [
        [f"u{user}", f"i{item}", str(rng.integers(1, 20)), str(1_500_000_000 + 1000 * order + user)]
        for user in range(USERS)
        for order, item in enumerate(_items(rng, user))
    ]
    return _write(folder, [*rows, TEXT_ROW, rows[0]])


def write_explicit(folder: Path) -> Path:
    """Ratings: 4 or 5 inside the user's group, 1 or 2 outside, as often the one as the other.

    The standard deviation is 1.58; whoever knows the groups is off by 0.5.
    """
    rng = np.random.default_rng(8)
    rows = []
    for user in range(USERS):
        for item in rng.choice(ITEMS, 2 * PER_USER, replace=False, p=_balanced(user)):
            liked = item % GROUPS == user % GROUPS
            rows.append([f"u{user}", f"i{item}", str(rng.integers(4, 6) if liked else rng.integers(1, 3))])
    return _write(folder, rows)


def _items(rng: np.random.Generator, user: int) -> np.ndarray:
    own = np.arange(ITEMS) % GROUPS == user % GROUPS
    odds = np.where(own, LOYALTY / own.sum(), (1 - LOYALTY) / (~own).sum())
    return rng.choice(ITEMS, PER_USER, replace=False, p=odds)


def _balanced(user: int) -> np.ndarray:
    own = np.arange(ITEMS) % GROUPS == user % GROUPS
    return np.where(own, 0.5 / own.sum(), 0.5 / (~own).sum())


def _write(folder: Path, rows: list[list[str]]) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "interactions.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["user_id", "item_id", "value", "timestamp"][: len(rows[0])])
        writer.writerows(rows)
    return folder
