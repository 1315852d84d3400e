"""Whether one model ranks better than another for the same users.

References: Efron & Tibshirani, "An Introduction to the Bootstrap" (1993), section 13.3, for the percentile
interval; Wilcoxon, "Individual comparisons by ranking methods" (Biometrics Bulletin 1945).
"""

import warnings
from typing import NamedTuple

import numpy as np
from scipy import stats

RESAMPLES = 10_000
CONFIDENCE = 0.95
_VALUES_PER_BLOCK = 1 << 21


class Comparison(NamedTuple):
    """The mean of `reference - other` over users, above 0 where the reference is better.

    Attributes:
        difference: of the means.
        low: where the 95 % bootstrap interval of the difference begins.
        high: where it ends.
        p_value: of the two-sided Wilcoxon signed-rank test by its normal approximation, over the users with a
            difference; 1 where there is none.
    """

    difference: float
    low: float
    high: float
    p_value: float


def compare(reference: np.ndarray, other: np.ndarray, seed: int) -> Comparison:
    """Compares two models user by user; a user for whom either value is nan is left out.

    Args:
        reference: float [users], a metric of every user, averaged over the seeds of the training.
        other: float [users], the same users in the same order.
        seed: of the bootstrap.

    Raises:
        ValueError: if the two are not aligned, or have no user in common.
    """
    if reference.shape != other.shape or reference.ndim != 1:
        raise ValueError(
            "The values of two models should be aligned vectors. "
            f"Received shapes: {reference.shape}, {other.shape}"
        )
    differences = reference - other
    differences = differences[~np.isnan(differences)]
    if not differences.size:
        raise ValueError("A comparison needs a user for whom both values are numbers. Received: none")
    tail = 100 * (1 - CONFIDENCE) / 2
    low, high = np.percentile(_resampled_means(differences, seed), [tail, 100 - tail])
    return Comparison(float(differences.mean()), float(low), float(high), _wilcoxon(differences))


def _resampled_means(values: np.ndarray, seed: int) -> np.ndarray:
    """Means of samples drawn with replacement, float [RESAMPLES], block by block to spare the memory."""
    random = np.random.default_rng(seed)
    rows = max(1, _VALUES_PER_BLOCK // values.size)
    blocks = [
        values[random.integers(values.size, size=(min(rows, RESAMPLES - start), values.size))].mean(axis=1)
        for start in range(0, RESAMPLES, rows)
    ]
    return np.concatenate(blocks)


def _wilcoxon(differences: np.ndarray) -> float:
    # An NDCG has few values, so differences tie often, and averaging over seeds must not tell the ties apart.
    ranked = differences.round(9)
    if not ranked.any():
        return 1.0
    with warnings.catch_warnings():
        warnings.simplefilter(
            "ignore", UserWarning
        )  # of fewer than ten users, which some scipy versions give
        # The exact distribution, which scipy would prefer for few users, holds only without ties.
        return float(stats.wilcoxon(ranked, method="approx").pvalue)
