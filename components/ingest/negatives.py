"""Sampled negatives: items that a user never touched, drawn uniformly from the catalogue."""

from __future__ import annotations

import numpy as np

from components.ingest.hashing import mix

_CHUNK = 1 << 20
"""Draws held in memory at a time."""


def sample(
    user_hashes: np.ndarray, users: np.ndarray, touched: np.ndarray, items: int, negatives: int, seed: int
) -> tuple[np.ndarray, np.ndarray]:
    """Draw distinct negatives for each of `users`; all items left, where these are fewer than asked.

    What a user gets depends on the seed, the user's hash and items and the catalogue, on no other user.

    Args:
        user_hashes: uint64, of every position a user may have.
        users: int64, sorted positions of the users to draw for.
        touched: int64, sorted: `user * items + item` of all that these users touched, in any split.
        items: size of the catalogue.
        negatives: how many per user.
        seed: of the run and the split.

    Returns:
        user and item of every negative, int64 both, sorted by user.
    """
    owned = np.bincount(touched // items, minlength=len(user_hashes))[users]
    left = items - owned
    # Draws are thrown away when taken; where most would be, the few items left are listed instead.
    listed = (left < 4 * negatives) | (2 * owned > items)
    parts = [_list(user_hashes, user, touched, items, negatives, seed) for user in users[listed].tolist()]
    remaining, draws = users[~listed], _first_draws(owned[~listed], items, negatives)
    while len(remaining):
        step = max(_CHUNK // draws, 1)
        lacking = []
        for start in range(0, len(remaining), step):
            some = remaining[start : start + step]
            user, item, enough = _draw(user_hashes, some, touched, items, negatives, draws, seed)
            parts.append((user, item))
            lacking.append(some[~enough])
        remaining, draws = np.concatenate(lacking), 2 * draws
    if not parts:
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    user, item = (np.concatenate(column) for column in zip(*parts, strict=True))
    by_user = np.argsort(user, kind="stable")
    return user[by_user], item[by_user]


def _first_draws(owned: np.ndarray, items: int, negatives: int) -> int:
    """How many draws are enough for most users; the result does not depend on it."""
    thrown_away = (owned.mean() if len(owned) else 0) / items + negatives / (2 * items)
    return int(negatives * (1 + 2 * thrown_away)) + 8


def _list(
    user_hashes: np.ndarray, user: int, touched: np.ndarray, items: int, negatives: int, seed: int
) -> tuple[np.ndarray, np.ndarray]:
    """Order all items that a user has not touched by hash, and take the first."""
    start, end = np.searchsorted(touched, [user * items, (user + 1) * items])
    untouched = np.setdiff1d(np.arange(items), touched[start:end] % items)
    by_hash = np.argsort(mix(user_hashes[user], seed, untouched), kind="stable")
    chosen = untouched[by_hash[:negatives]]
    return np.full(len(chosen), user), chosen


def _draw(
    user_hashes: np.ndarray,
    users: np.ndarray,
    touched: np.ndarray,
    items: int,
    negatives: int,
    draws: int,
    seed: int,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Take the first new and untouched ones of `draws` draws per user.

    A user who gets too few has enough = False and no rows; twice the draws begin with the same ones.
    """
    drawn = mix(user_hashes[users][:, None], seed, np.arange(draws)[None, :]) % np.uint64(items)
    drawn = drawn.astype(np.int64)
    # Sorted by item, then by draw: one number per draw sorts many times faster than an argsort.
    ascending = np.sort(drawn * draws + np.arange(draws), axis=1)
    item, draw = np.divmod(ascending, draws)
    new = ~_is_in((users[:, None] * items + item).ravel(), touched)
    new = new.reshape(item.shape)
    new[:, 1:] &= item[:, 1:] != item[:, :-1]
    chosen = np.zeros_like(new)
    np.put_along_axis(chosen, draw, new, axis=1)
    rank = np.cumsum(chosen, axis=1, dtype=np.int32)
    enough = rank[:, -1] >= negatives
    chosen &= (rank <= negatives) & enough[:, None]
    row, column = np.nonzero(chosen)
    return users[row], drawn[row, column], enough


def _is_in(pairs: np.ndarray, sorted_pairs: np.ndarray) -> np.ndarray:
    """Whether each of `pairs` is among `sorted_pairs`; quick where `pairs` ascend too."""
    if not len(sorted_pairs):
        return np.zeros(len(pairs), bool)
    where = np.searchsorted(sorted_pairs, pairs)
    return sorted_pairs[np.minimum(where, len(sorted_pairs) - 1)] == pairs
