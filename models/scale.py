"""The scale of the values: raw at every border, between 0 and 1 inside the model."""

import dataclasses

import numpy as np

from models.errors import UserError


@dataclasses.dataclass(frozen=True)
class ValueScale:
    """How raw values become labels in [0, 1] and inputs around 0.

    Attributes:
        minimum, maximum: of the raw values; they become 0 and 1.
        center, deviation: subtracted from, and dividing, the cells of an interaction vector: mean and
            standard deviation, so that an unknown cell (0) counts as an average one, or 0 and the maximum.
        mean: of the raw values.
    """

    minimum: float = 0.0
    maximum: float = 1.0
    center: float = 0.0
    deviation: float = 1.0
    mean: float = 0.0

    @classmethod
    def of_ratings(cls, values: np.ndarray, from_zero: bool = False) -> "ValueScale":
        """The scale of explicit values, float [nnz].

        Args:
            values: all known ones.
            from_zero: whether 0, of labels and cells, stands for the value 0 instead of the least value and
                the mean (DMF, equations 2 and 11).

        Raises:
            UserError: if a value is below zero with `from_zero`, or no value is above it.
        """
        if from_zero and len(values) and (values.min() < 0 or values.max() <= 0):
            raise UserError(
                f"loss normalized-bce divides values by their maximum, but they are from {values.min():g} to "
                f"{values.max():g}. Use loss bce or mse, whose scale starts at the least value."
            )
        if not len(values):
            return cls(minimum=-0.5, maximum=0.5)
        minimum, maximum = float(values.min()), float(values.max())
        mean, deviation = float(values.mean(dtype=np.float64)), float(values.std(dtype=np.float64))
        if from_zero:
            return cls(0.0, maximum, center=0.0, deviation=maximum, mean=mean)
        if minimum == maximum:
            return cls(minimum - 0.5, maximum + 0.5, center=mean, mean=mean)
        return cls(minimum, maximum, center=mean, deviation=deviation, mean=mean)

    def to_unit(self, values):
        """Raw values -> labels in [0, 1], of any shape."""
        return (values - self.minimum) / (self.maximum - self.minimum)

    def from_unit(self, scores):
        """The inverse of `to_unit`."""
        return scores * (self.maximum - self.minimum) + self.minimum
