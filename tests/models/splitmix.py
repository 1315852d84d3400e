"""SplitMix64 (Steele et al., OOPSLA 2014) in numpy, to know which interactions a model must have dropped."""

import numpy as np


def coins(cells: np.ndarray, seed: int) -> np.ndarray:
    """The coin of each cell of the matrix: int64 [...] -> float64 [...] in [0, 1)."""
    with np.errstate(over="ignore"):
        state = (np.asarray(cells).astype(np.uint64) + np.uint64(seed)) * np.uint64(0x9E3779B97F4A7C15)
        state = (state ^ (state >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        state = (state ^ (state >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        state = state ^ (state >> np.uint64(31))
    return (state >> np.uint64(40)) / 2**24


def coins_of_all(users: int, items: int, seed: int) -> np.ndarray:
    """The coins of a whole matrix, float64 [users, items]."""
    return coins(np.arange(users * items), seed).reshape(users, items)
