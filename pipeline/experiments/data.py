"""What experiments are made on: matrices of known interactions, and what was held out."""

import dataclasses
from typing import ClassVar

import numpy as np

from models.holdout import Holdout
from models.interactions import Interactions
from models.settings import Feedback


@dataclasses.dataclass(frozen=True)
class RankingData:
    """Implicit feedback with one held-out item per user among candidates.

    Attributes:
        name: of the dataset.
        train: every value is 1; users and items that are only in the test lists have rows and columns
            without interactions.
        last_items: int64 [users], the item of each user's last train row in the order of the file, -1 without
            any.
        test: one list per user, protocol `raw`: the held-out item once, and its candidates without copies.
    """

    name: str
    train: Interactions
    last_items: np.ndarray
    test: Holdout

    feedback: ClassVar[Feedback] = "implicit"


@dataclasses.dataclass(frozen=True)
class RatingData:
    """Explicit feedback with held-out ratings.

    Attributes:
        name: of the dataset and its split.
        train: known ratings.
        test: one list per user: the held-out ratings.
    """

    name: str
    train: Interactions
    test: Holdout

    feedback: ClassVar[Feedback] = "explicit"


Data = RankingData | RatingData
