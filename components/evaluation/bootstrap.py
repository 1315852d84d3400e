"""Whether a challenger is worse than the champion beyond chance: a paired bootstrap over users.

Both models are evaluated on the same users. Drawing the users again, with replacement, shows how far the
difference between the models depends on who happened to be among them.

Reference: Efron & Tibshirani, "An Introduction to the Bootstrap" (1993), section 13.3, for the percentile
interval.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

FEWEST_USERS = 30
"""With fewer the interval is too narrow, and no loss is called significant."""

RESAMPLES = 5_000

MOST_GROUPS = 10_000
"""More users than that are drawn in groups, put together at random: it changes the width of the interval by
about 1 %, and bounds the time."""

_VALUES_PER_BLOCK = 1 << 18
_SEED = 20_240


def significant_loss(
    users: np.ndarray, confidence: float, loss: Callable[[np.ndarray, np.ndarray], np.ndarray]
) -> float:
    """The lower end of the one-sided interval of a challenger's loss, at least 0.

    The answer does not depend on the order of the users, and is always the same for the same users.

    Args:
        users: float [users, 3]: the champion's total of a user, the challenger's, and how many values each of
            the two adds up.
        confidence: of the interval, in [0.5, 1).
        loss: from the means of champion and challenger, both float [n], how much worse the challenger is,
            float [n].

    Returns:
        0 for fewer than 30 users, or where the champion's totals are not all numbers; nan where the
        challenger's are not.
    """
    if len(users) < FEWEST_USERS or not np.isfinite(users[:, 0]).all():
        return 0.0
    if not np.isfinite(users[:, 1]).all():
        return float("nan")
    random = np.random.default_rng(_SEED)
    totals = _resampled_totals(_grouped(users[np.lexsort(users.T)], random), random)
    losses = loss(totals[:, 0] / totals[:, 2], totals[:, 1] / totals[:, 2])
    return max(0.0, float(np.quantile(losses, 1 - confidence)))


def _grouped(users: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """The users, or where they are many, totals of groups of equal size but for one user."""
    if len(users) <= MOST_GROUPS:
        return users
    starts = np.linspace(0, len(users), MOST_GROUPS, endpoint=False).astype(np.int64)
    return np.add.reduceat(random.permutation(users), starts)


def _resampled_totals(users: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Totals of as many users drawn with replacement, float [RESAMPLES, 3], in blocks to spare the memory."""
    columns = np.ascontiguousarray(users.T)  # five times as fast as drawing rows
    samples = max(1, _VALUES_PER_BLOCK // len(users))
    blocks = []
    for start in range(0, RESAMPLES, samples):
        drawn = random.integers(len(users), size=(min(samples, RESAMPLES - start), len(users)))
        blocks.append(np.stack([column.take(drawn).sum(axis=1) for column in columns], axis=1))
    return np.concatenate(blocks)
