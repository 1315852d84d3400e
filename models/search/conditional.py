"""Slots that are there under conditions."""

import dataclasses
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from models.search.encoding import Values
from models.search.settings import SlotValue

Condition = tuple[str, tuple[SlotValue, ...]]
"""A slot, and those of its values under which another slot is there."""


@dataclasses.dataclass(frozen=True)
class Declaration:
    """A slot with these values where all conditions hold; the same slot may have others elsewhere."""

    name: str
    values: tuple[SlotValue, ...]
    conditions: tuple[Condition, ...] = ()

    def holds(self, values: Mapping[str, SlotValue]) -> bool:
        """Whether the slot is there, with these values of those declared before it."""
        return all(name in values and values[name] in allowed for name, allowed in self.conditions)


def active(values: Mapping[str, SlotValue], declarations: Iterable[Declaration]) -> Values:
    """The values of the slots that are there."""
    kept: Values = {}
    for declaration in declarations:
        if declaration.holds(kept) and declaration.name in values:
            kept[declaration.name] = values[declaration.name]
    return kept


def admits(declarations: Iterable[Declaration], values: Mapping[str, SlotValue]) -> bool:
    """Whether the values are a point: one of each slot that is there, and no others."""
    there = {declaration.name: declaration for declaration in declarations if declaration.holds(values)}
    return there.keys() == values.keys() and all(values[name] in there[name].values for name in there)


def nested(
    names: Sequence[str], rows: Sequence[tuple[Any, ...]], conditions: tuple[Condition, ...] = ()
) -> Iterator[Declaration]:
    """Slots of which every combination that can be chosen one after another is one of the rows.

    Args:
        names: of the slots, in the order in which they are chosen.
        rows: a value of each; None where the slot is not there.
        conditions: of all of them.
    """
    if not names or not rows:
        return
    below: dict[Any, list[tuple[Any, ...]]] = {}
    for value, *others in rows:
        below.setdefault(value, []).append(tuple(others))
    if None not in below:
        yield Declaration(names[0], tuple(below), conditions)
    alike: dict[tuple[tuple[Any, ...], ...], list[Any]] = {}
    for value, rest in below.items():
        alike.setdefault(tuple(rest), []).append(value)
    for inner_rows, values in alike.items():
        inner = conditions if len(alike) == 1 else (*conditions, (names[0], tuple(values)))
        yield from nested(names[1:], inner_rows, inner)


def possible(declarations: Sequence[Declaration]) -> list[Declaration]:
    """Each once, without those that are never there and conditions' values that never are."""
    seen: dict[str, set[SlotValue]] = {}
    kept: dict[Declaration, None] = {}
    for declaration in declarations:
        conditions = tuple(
            (name, tuple(value for value in values if value in seen.get(name, ())))
            for name, values in declaration.conditions
        )
        if declaration.values and all(values for _, values in conditions):
            seen.setdefault(declaration.name, set()).update(declaration.values)
            kept[dataclasses.replace(declaration, conditions=conditions)] = None
    return list(kept)
