"""The baselines by the names that they have in the tables.

Each is called with the known interactions, the seed, and its hyper-parameters as keyword arguments.
"""

from collections.abc import Callable
from typing import Any

from models.interactions import Interactions
from pipeline.experiments.baselines.ease import EASE
from pipeline.experiments.baselines.implicit_als import ImplicitALS
from pipeline.experiments.baselines.item_knn import ItemKNN
from pipeline.experiments.baselines.popularity import Popularity, UntouchedFirst
from pipeline.experiments.baselines.rating_biases import BiasBaseline
from pipeline.experiments.scorer import Scorer


def _unseeded(build: Callable[..., Scorer]) -> Callable[..., Scorer]:
    """For a baseline in which nothing is random."""

    def build_unseeded(train: Interactions, seed: int, **hyperparameters: Any) -> Scorer:
        return build(train, **hyperparameters)

    return build_unseeded


BASELINES: dict[str, Callable[..., Scorer]] = {
    "popularity": _unseeded(Popularity),
    "untouched-first": _unseeded(UntouchedFirst),
    "item-knn": _unseeded(ItemKNN),
    "ease": _unseeded(EASE),
    "ials": ImplicitALS,
}
"""Of implicit feedback."""

RATING_BASELINES: dict[str, Callable[..., Scorer]] = {"biases": _unseeded(BiasBaseline)}
"""Of explicit feedback."""
