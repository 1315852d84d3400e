"""The additive model behind the effects of slots: least squares with a ridge that the trials choose."""

from typing import NamedTuple

import numpy as np

RIDGES = (1.0, 0.3, 0.1, 0.03)
"""Each shrinks an effect as so many more trials with that choice would that came out average: the more noise
there is, the more. A ridge also decides where trials cannot: choices that always came together share their
effect."""


class Fit(NamedTuple):
    """A fit.

    Attributes:
        weights: of every column.
        covariance: of the weights.
        missed: by how much a fit without the trial misses each trial.
    """

    weights: np.ndarray
    covariance: np.ndarray
    missed: np.ndarray


def fit(columns: np.ndarray, deviations: np.ndarray) -> Fit:
    """The fit with the ridge that predicts best what is left out (PRESS; of equal ones the strongest).

    Args:
        columns: float [trials, columns], each with the mean 0.
        deviations: float [trials], of the objective from its mean.
    """
    return min(
        (_fit(columns, deviations, ridge) for ridge in RIDGES), key=lambda fit: float(fit.missed @ fit.missed)
    )


def _fit(columns: np.ndarray, deviations: np.ndarray, ridge: float) -> Fit:
    inverse = np.linalg.inv(columns.T @ columns + ridge * np.eye(columns.shape[1]))
    weights = inverse @ columns.T @ deviations
    leverage = 1 / len(deviations) + np.einsum("ij,jk,ik->i", columns, inverse, columns)
    residuals = deviations - columns @ weights
    # A residual's variance is that of the noise times 1 - leverage.
    covariance = inverse * np.mean(residuals**2 / (1 - leverage))
    return Fit(weights, covariance, residuals / (1 - leverage))
