"""Sampled negatives: items that a user never touched, drawn uniformly from the catalogue."""

from __future__ import annotations

import dataclasses

import numpy as np

from components.ingest.hashing import mix

_CHUNK = 1 << 22
"""Draws held in memory at a time."""


@dataclasses.dataclass(frozen=True)
class Touched:
    """The items each user has touched, in any split.

    Attributes:
        user: int64 [pairs], sorted, position of the user.
        item: int64 [pairs], position in the catalogue, sorted within a user.
    """

    user: np.ndarray
    item: np.ndarray


def sample(
    user_hashes: np.ndarray, users: np.ndarray, touched: Touched, items: int, negatives: int, seed: int
) -> tuple[np.ndarray, np.ndarray]:
    """Draw distinct negatives for each of `users`; all items left, where these are fewer than asked.

    What a user gets depends on the seed, the user's hash and items and the catalogue, on no other user.

    Args:
        user_hashes: uint64, of every position a user may have.
        users: int64, sorted positions of the users to draw for.
        touched: their items at least.
        items: size of the catalogue.
        negatives: how many per user.
        seed: of the run and the split.

    Returns:
        user and item of every negative, int64 both, sorted by user.
    """
    owned = np.bincount(touched.user, minlength=len(user_hashes))[users]
    left = items - owned
    # Draws are thrown away when taken; where most would be, the few items left are listed instead.
    listed = (left < 4 * negatives) | (2 * owned > items)
    parts = [_list(user_hashes, user, touched, items, negatives, seed) for user in users[listed].tolist()]
    remaining, draws = users[~listed], negatives + negatives // 4 + 16
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


def _list(
    user_hashes: np.ndarray, user: int, touched: Touched, items: int, negatives: int, seed: int
) -> tuple[np.ndarray, np.ndarray]:
    """Order all items that a user has not touched by hash, and take the first."""
    start, end = np.searchsorted(touched.user, [user, user + 1])
    untouched = np.setdiff1d(np.arange(items), touched.item[start:end])
    by_hash = np.argsort(mix(user_hashes[user], seed, untouched), kind="stable")
    chosen = untouched[by_hash[:negatives]]
    return np.full(len(chosen), user), chosen


def _draw(
    user_hashes: np.ndarray,
    users: np.ndarray,
    touched: Touched,
    items: int,
    negatives: int,
    draws: int,
    seed: int,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Take the first new and untouched ones of `draws` draws per user.

    A user who gets too few has enough = False and no rows; twice the draws begin with the same ones.
    """
    drawn = mix(user_hashes[users][:, None], seed, np.arange(draws)[None, :]) % np.uint64(items)
    pairs = users[:, None] * items + drawn.astype(np.int64)
    by_item = np.argsort(pairs, axis=1, kind="stable")
    ascending = np.take_along_axis(pairs, by_item, axis=1)
    fresh = ~_is_in(ascending.ravel(), touched.user * items + touched.item).reshape(pairs.shape)
    fresh[:, 1:] &= ascending[:, 1:] != ascending[:, :-1]
    chosen = np.zeros_like(fresh)
    np.put_along_axis(chosen, by_item, fresh, axis=1)
    rank = np.cumsum(chosen, axis=1)
    enough = rank[:, -1] >= negatives
    chosen &= (rank <= negatives) & enough[:, None]
    row, column = np.nonzero(chosen)
    return users[row], pairs[row, column] % items, enough


def _is_in(pairs: np.ndarray, sorted_pairs: np.ndarray) -> np.ndarray:
    """Whether each of `pairs` is among `sorted_pairs`; quick where `pairs` ascend too."""
    if not len(sorted_pairs):
        return np.zeros(len(pairs), bool)
    where = np.searchsorted(sorted_pairs, pairs)
    return sorted_pairs[np.minimum(where, len(sorted_pairs) - 1)] == pairs
