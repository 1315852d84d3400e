"""What a row of an experiment is about: something that is tuned on a cut and trained on all train rows."""

from typing import Any, NamedTuple, Protocol

import numpy as np

from models.settings import Feedback
from pipeline.experiments.cut import Cut
from pipeline.experiments.data import Data
from pipeline.experiments.scorer import Scorer


class Choice(NamedTuple):
    """What the validation split chose.

    Attributes:
        variant: position among the contender's variants.
        epochs: the best number of them; 0 of what has none.
        value: NDCG@10, or the RMSE times -1.
    """

    variant: int
    epochs: int
    value: float


class Trained(NamedTuple):
    """A model that learnt all train rows.

    Attributes:
        scorer: the model after the chosen number of epochs.
        epoch_scores: float [candidates] each, the scores of the test candidates after every epoch, also of
            some behind the chosen one; empty where there are no epochs.
        seconds: of the training, also behind the chosen epoch, without the scoring.
    """

    scorer: Scorer
    epoch_scores: list[np.ndarray]
    seconds: float


class Contender(Protocol):
    """A row of an experiment, whatever it is made of."""

    @property
    def name(self) -> str:
        """As the table calls it."""
        ...

    @property
    def seeded(self) -> bool:
        """Whether another seed makes another model."""
        ...

    def description(self) -> dict[str, Any]:
        """All that its results depend on beside data and seed, as JSON values."""
        ...

    @property
    def ranks_catalogue(self) -> bool:
        """Whether all items can be ranked for all users in reasonable time."""
        ...

    def hyperparameters(self, choice: Choice) -> dict[str, Any]:
        """What was chosen, as JSON values."""
        ...

    def select(self, cut: Cut, feedback: Feedback) -> Choice:
        """Tries every variant on the cut."""
        ...

    def train(self, data: Data, choice: Choice, seed: int) -> Trained:
        """Trains the chosen variant on all train rows."""
        ...
