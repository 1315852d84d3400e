"""Points of a search space, drawn as KerasTuner would, one slot after another."""

import functools
from collections.abc import Callable, Sequence

from models.search.settings import SlotValue
from models.search.space import SearchSpace


def draw(space: SearchSpace, choose: Callable[[Sequence], SlotValue]) -> dict[str, SlotValue]:
    """A value of each slot that is there; at most one declaration of a slot may hold at a time."""
    values: dict[str, SlotValue] = {}
    for parameter in _parameters(space):
        if all(condition.is_active(values) for condition in parameter.conditions):
            assert parameter.name not in values
            values[parameter.name] = choose(parameter.values)
    return values


@functools.lru_cache(maxsize=16)
def _parameters(space: SearchSpace) -> list:
    return space.hyperparameters().space
