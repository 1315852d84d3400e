"""Temporal cut-offs that hold a fraction of all interactions out."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable

import numpy as np

from components.ingest.settings import SplitSettings

_MOST_BINS = 1 << 20


@dataclasses.dataclass(frozen=True)
class Histogram:
    """How many interactions fall into each bin of time.

    Attributes:
        shift: a bin is 2**shift seconds; the smallest that leaves at most a million bins.
        bins: int64, sorted, the bins that are not empty.
        counts: int64, interactions in each.
    """

    shift: int
    bins: np.ndarray
    counts: np.ndarray

    @classmethod
    def of(cls, timestamps: np.ndarray) -> Histogram:
        """Histogram of seconds."""
        return cls(0, *np.unique(timestamps, return_counts=True))._coarsened()

    @classmethod
    def merge(cls, histograms: Iterable[Histogram]) -> Histogram:
        """Histogram of everything in `histograms`; the same however they were cut."""
        parts = list(histograms)
        if not parts:
            return cls.of(np.zeros(0, np.int64))
        shift = max(part.shift for part in parts)
        bins = np.concatenate([part.bins >> (shift - part.shift) for part in parts])
        return cls._sum(shift, bins, np.concatenate([part.counts for part in parts]))._coarsened()

    @classmethod
    def _sum(cls, shift: int, bins: np.ndarray, counts: np.ndarray) -> Histogram:
        distinct, where = np.unique(bins, return_inverse=True)
        sums = np.zeros(len(distinct), np.int64)
        np.add.at(sums, where, counts)
        return cls(shift, distinct, sums)

    def _coarsened(self) -> Histogram:
        histogram = self
        while len(histogram.bins) > _MOST_BINS:
            histogram = self._sum(histogram.shift + 1, histogram.bins >> 1, histogram.counts)
        return histogram

    def from_second(self, fraction: float) -> int:
        """The earliest second from which on at most `fraction` of the interactions fall.

        A second behind the last one if even that holds more.
        """
        behind = np.cumsum(self.counts[::-1])[::-1]
        if not len(behind):
            return 0
        few = np.flatnonzero(behind <= fraction * behind[0] * (1 + 1e-9))  # .3 of 10 must be 3
        first = self.bins[few[0]] if len(few) else self.bins[-1] + 1
        return int(first) << self.shift

    def share_from(self, second: int) -> float:
        """Fraction of the interactions from `second` on, those of its whole bin among them."""
        return float(self.counts[self.bins >= second >> self.shift].sum() / max(self.counts.sum(), 1))


def cut_offs(
    histogram: Histogram, split: SplitSettings, test_not_before: int | None = None
) -> tuple[int, int]:
    """First second of eval and of test.

    Args:
        histogram: of all interactions.
        split: second by second what the user wants, or fractions.
        test_not_before: under fractions test begins no earlier; eval is then the fraction before it.
    """
    if split.eval_from is not None and split.test_from is not None:
        return split.eval_from, split.test_from
    test_share, test_from = split.test_fraction, histogram.from_second(split.test_fraction)
    if test_not_before is not None and test_not_before > test_from:
        test_share, test_from = histogram.share_from(test_not_before), test_not_before
    # The floor may lie between two bins, and the earliest that holds few enough behind it.
    return min(histogram.from_second(split.eval_fraction + test_share), test_from), test_from
