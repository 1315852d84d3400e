"""A baseline as a row of an experiment."""

import dataclasses
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from models.settings import Feedback
from pipeline.experiments.contender import Choice, Trained
from pipeline.experiments.cut import Cut
from pipeline.experiments.data import Data
from pipeline.experiments.evaluation import candidate_scores, quality
from pipeline.experiments.scorer import Scorer


@dataclasses.dataclass(frozen=True)
class BaselineContender:
    """A model without epochs.

    Attributes:
        build: called with the interactions, the seed, and one of `grid` as keyword arguments.
        grid: the hyper-parameters that are tried.
    """

    name: str
    build: Callable[..., Scorer]
    grid: tuple[dict[str, Any], ...] = ({},)
    seeded: bool = False

    ranks_catalogue = True

    def description(self) -> dict[str, Any]:
        """Its name and grid."""
        return {"name": self.name, "grid": list(self.grid)}

    def hyperparameters(self, choice: Choice) -> dict[str, Any]:
        """The chosen point of the grid."""
        return self.grid[choice.variant]

    def select(self, cut: Cut, feedback: Feedback) -> Choice:
        """The point of the grid that is best on the validation split."""

        def value(point: dict[str, Any]) -> float:
            scorer = self.build(cut.train, 1, **point)
            return quality(cut.validation, candidate_scores(scorer, cut.validation), feedback)

        values = np.nan_to_num([value(point) for point in self.grid], nan=-np.inf)
        best = int(np.argmax(values))
        return Choice(best, 0, float(values[best]))

    def train(self, data: Data, choice: Choice, seed: int) -> Trained:
        """Learns all train rows."""
        start = time.monotonic()
        scorer = self.build(data.train, seed, **self.grid[choice.variant])
        return Trained(scorer, [], time.monotonic() - start)
