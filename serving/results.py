"""What the client answers with."""

import dataclasses


@dataclasses.dataclass(frozen=True)
class RecommendedItem:
    """An item and the score that ranked it; scores compare within one answer, not between models."""

    item_id: str
    score: float


@dataclasses.dataclass(frozen=True)
class Recommendations:
    """Items for one user, history or item, best first.

    Attributes:
        items: at most the k items asked for; fewer when the model has no more to give.
        known: False when the model does not know what it was asked about; `items` are then the popular ones.
    """

    items: list[RecommendedItem]
    known: bool
