"""Data that are loaded when they are first needed."""

import functools
import hashlib
from collections.abc import Callable

from pipeline.experiments.data import Data, RankingData


class Dataset:
    """A dataset by name.

    Args:
        name: as the results call it; of rating data with the split.
        load: called once.
    """

    def __init__(self, name: str, load: Callable[[], Data]):
        self.name = name
        self._load = load

    @functools.cached_property
    def data(self) -> Data:
        """The data themselves."""
        return self._load()

    @functools.cached_property
    def digest(self) -> str:
        """SHA-256 of everything that training and scoring see, as hexadecimal digits."""
        matrix, test = self.data.train.matrix, self.data.test
        arrays = [matrix.data, matrix.indices, matrix.indptr]
        arrays += [test.user_indices, test.lengths, test.item_indices, test.labels]
        if isinstance(self.data, RankingData):
            arrays.append(self.data.last_items)
        digest = hashlib.sha256(repr(matrix.shape).encode())
        for array in arrays:
            digest.update(f"{array.dtype} {array.shape}".encode() + array.tobytes())
        return digest.hexdigest()
