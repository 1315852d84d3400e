"""The scale of the values: raw at every border, between 0 and 1 inside the model."""

import dataclasses

import numpy as np


@dataclasses.dataclass(frozen=True)
class ValueScale:
    """How raw values become labels in [0, 1] and inputs around 0.

    Attributes:
        minimum, maximum: of the raw values; they become 0 and 1.
        center, deviation: of the raw values; subtracted from, and dividing, the cells of an interaction
            vector, so that an unknown cell (0) counts as an average one.
    """

    minimum: float = 0.0
    maximum: float = 1.0
    center: float = 0.0
    deviation: float = 1.0

    @classmethod
    def of_ratings(cls, values: np.ndarray) -> "ValueScale":
        """The scale of explicit values, float [nnz]."""
        if not len(values) or values.min() == values.max():
            minimum = float(values[0]) if len(values) else 0.0
            return cls(minimum=minimum - 0.5, maximum=minimum + 0.5, center=minimum)
        return cls(
            float(values.min()),
            float(values.max()),
            float(values.mean(dtype=np.float64)),
            float(values.std(dtype=np.float64)),
        )

    def to_unit(self, values):
        """Raw values -> labels in [0, 1], of any shape."""
        return (values - self.minimum) / (self.maximum - self.minimum)

    def from_unit(self, scores):
        """The inverse of `to_unit`."""
        return scores * (self.maximum - self.minimum) + self.minimum
