"""The values that each slot of a search may have: all, those of the config beside them, or as restricted."""

from collections.abc import Mapping, Sequence

from models.choices import Fusion
from models.errors import UserError
from models.search.settings import SlotValue
from models.search.slots import ADAGRAD, ADAGRAD_LEARNING_RATES, MAP_VALUES, Slot

Choices = Mapping[str, tuple[SlotValue, ...]]
"""The values of every slot."""


def read_restrictions(
    slots: Mapping[str, Slot], restrictions: Mapping[str, Sequence[SlotValue]]
) -> dict[str, tuple[SlotValue, ...]]:
    """The values of a config as they stand in their slots.

    Raises:
        UserError: naming the slot and what it may be.
    """
    read: dict[str, tuple[SlotValue, ...]] = {}
    for name, values in restrictions.items():
        if name not in slots:
            raise UserError(f"search.space.{name} is no slot of the search. Choose among {', '.join(slots)}.")
        if not values:
            raise UserError(f"search.space.{name} has no value. Give one at least, or leave it out.")
        for value in values:
            try:
                read[name] = _in_order(*read.get(name, ()), slots[name].read(value))
            except ValueError:
                raise UserError(
                    f"search.space.{name} should be {slots[name].rule}. Received: {value!r}."
                ) from None
    return read


def choices(slots: Mapping[str, Slot], own: Mapping[str, SlotValue], restricted: Choices) -> Choices:
    """What each slot may be, outside of maps and without adagrad.

    Args:
        slots: all of them.
        own: values of the config; they are added where a slot lacks them, but not to restricted slots.
        restricted: by slot, what it may be instead.
    """
    if own.get("fusion") == Fusion.OUTER_PRODUCT:
        own = {name: value for name, value in own.items() if name not in MAP_VALUES}
    if own["optimizer"] == ADAGRAD:
        own = {name: value for name, value in own.items() if name != "learning_rate"}
    return {name: restricted.get(name) or _with(own, name, slot, slot.values) for name, slot in slots.items()}


def choices_of_maps(slots: Mapping[str, Slot], own: Mapping[str, SlotValue], restricted: Choices) -> Choices:
    """As `choices`, of those slots that are others behind an outer product."""
    if own.get("fusion") != Fusion.OUTER_PRODUCT:
        own = {}
    return {
        name: restricted.get(name) or _with(own, name, slots[name], values)
        for name, values in MAP_VALUES.items()
    }


def rates_of_adagrad(
    slots: Mapping[str, Slot], own: Mapping[str, SlotValue], restricted: Choices
) -> tuple[SlotValue, ...]:
    """As `choices`, of the learning rate with adagrad."""
    if own["optimizer"] != ADAGRAD:
        own = {}
    name = "learning_rate"
    return restricted.get(name) or _with(own, name, slots[name], ADAGRAD_LEARNING_RATES)


def _with(
    own: Mapping[str, SlotValue], name: str, slot: Slot, values: tuple[SlotValue, ...]
) -> tuple[SlotValue, ...]:
    try:
        return _in_order(*values, slot.read(own[name])) if name in own else values
    except ValueError:  # a fusion of the user's own
        return values


def _in_order(*values: SlotValue) -> tuple[SlotValue, ...]:
    """Each once, numbers from the least to the greatest."""
    different = tuple(dict.fromkeys(values))
    return different if isinstance(different[0], str) else tuple(sorted(different, key=float))
