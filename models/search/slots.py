"""The slots of a search, their values, and what a config may restrict them to."""

import dataclasses
import math
from collections.abc import Callable
from typing import get_args

from models.choices import (
    Activation,
    Fusion,
    Input,
    LossKind,
    NegativeSampling,
    Normalization,
    PredictionKind,
)
from models.choices import Targets as TargetsKind
from models.search.settings import SlotValue
from models.settings import Feedback, TrainSettings

Read = Callable[[SlotValue], SlotValue]


@dataclasses.dataclass(frozen=True)
class Slot:
    """One choice that a search makes.

    Attributes:
        values: those that are tried unless a config says otherwise, all of one type.
        rule: which values a config may give, for a sentence such as "should be RULE".
        read: such a value as it stands among `values`; raises ValueError for any other.
    """

    values: tuple[SlotValue, ...]
    rule: str
    read: Read


def _names(*values: str, others: tuple[str, ...] = ()) -> Slot:
    """`others` are not tried by themselves, but a config may name them."""
    allowed = tuple(dict.fromkeys((*values, *others)))

    def read(value: SlotValue) -> str:
        # YAML has words for truth and falsehood.
        name = str(value).lower() if isinstance(value, bool) else value
        if name not in allowed:
            raise ValueError(value)
        return str(name)

    return Slot(values, f"one of {', '.join(allowed)}", read)


def _integers(*values: int) -> Slot:
    def read(value: SlotValue) -> int:
        if isinstance(value, (bool, str)) or not float(value).is_integer() or value < 1:
            raise ValueError(value)
        return int(value)

    return Slot(values, "a whole number from 1", read)


def _numbers(rule: str, within: Callable[[float], bool], *values: float) -> Slot:
    def read(value: SlotValue) -> float:
        number = _number(value)
        if not within(number):
            raise ValueError(value)
        return number

    return Slot(values, rule, read)


def _number(value: SlotValue) -> float:
    """Finite; as a text too, which YAML takes 1e-3 for."""
    if isinstance(value, bool) or not math.isfinite(number := float(value)):
        raise ValueError(value)
    return number


def _fractions(*values: float) -> Slot:
    return _numbers("a fraction from 0 to less than 1", lambda value: 0 <= value < 1, *values)


def _positive(*values: float) -> Slot:
    return _numbers("a number above 0", lambda value: value > 0, *values)


def _widths(*values: str, empty: bool = False) -> Slot:
    def read(value: SlotValue) -> str:
        if isinstance(value, (bool, float)):
            raise ValueError(value)
        sizes = widths_of(str(value))
        if any(size < 1 for size in sizes) or not (sizes or empty):
            raise ValueError(value)
        return widths_name(sizes)

    return Slot(values, f'widths such as "256-128-64"{" or none" if empty else ""}', read)


def widths_of(name: str) -> tuple[int, ...]:
    """The layers that a value such as "256-128-64" or "none" stands for.

    Raises:
        ValueError: if it stands for none.
    """
    return () if name == NONE else tuple(int(size) for size in name.split("-"))


def widths_name(sizes: tuple[int, ...]) -> str:
    """The inverse of `widths_of`."""
    return "-".join(str(size) for size in sizes) or NONE


NONE = "none"
ADAGRAD = "adagrad"
BY_LENGTH = "by-length"
"""A second branch with the same towers, whose vectors are normalised by their lengths."""
CONCAT = "concat"
"""A second branch with linear towers and an MLP behind their concatenation (CFNet, NeuMF)."""

SLOTS: dict[str, Slot] = {
    "second_branch": _names(NONE, BY_LENGTH, CONCAT),
    "user_input": _names(*(choice.value for choice in Input)),
    "item_input": _names(*(choice.value for choice in Input)),
    "user_hidden_sizes": _widths(NONE, "256", "512", "1024", "512-256", empty=True),
    "item_hidden_sizes": _widths(NONE, "256", "512", "1024", "512-256", empty=True),
    "activation": _names(*(choice.value for choice in Activation)),
    "normalization": _names(*(choice.value for choice in Normalization)),
    "interaction_dropout": _fractions(0.0, 0.3, 0.5, 0.7),
    "targets": _names(*(choice.value for choice in TargetsKind)),
    "masking": _names("false", "true"),
    "embedding_size": _integers(16, 32, 64, 128, 256),
    "dropout": _fractions(0.0, 0.2, 0.5),
    "fusion": _names(*(choice.value for choice in Fusion)),
    "temperature": _positive(1.0, 3.5, 7.0, 14.0),
    "second_embedding_size": _integers(16, 32, 64, 128, 256),
    "second_hidden_sizes": _widths("64-32", "64-32-16", "128-64", "256-128-64"),
    "prediction": _names(*(choice.value for choice in PredictionKind)),
    "prediction_hidden_sizes": _widths("64-32", "64-32-16", "128-64", "256-128-64"),
    "loss": _names(*(choice.value for choice in LossKind)),
    "negatives_per_positive": _integers(1, 4, 7),
    "negative_sampling": _names(*(choice.value for choice in NegativeSampling)),
    "sampled_items": _integers(1000, 4000, 16000),
    "optimizer": _names(
        "adamw", ADAGRAD, others=tuple(get_args(TrainSettings.model_fields["optimizer"].annotation))
    ),
    "learning_rate": _positive(3e-4, 1e-3, 2e-3, 5e-3, 1e-2, 3e-2),
    "weight_decay": _numbers("a number from 0", lambda value: value >= 0, 0.0, 1e-4, 1e-3, 1e-2),
    "batch_size": _integers(1024, 4096, 16384),
}
"""By name, in the order in which people read them."""

TRAIN_SLOTS = ("optimizer", "learning_rate", "weight_decay", "batch_size")
"""Those that are settings of the training, of the same name."""

ADAGRAD_LEARNING_RATES = (0.01, 0.03, 0.1, 0.3)
"""Instead of the slot's own with adagrad, whose steps shrink: at the others' rates it hardly moves."""

MAP_VALUES: dict[str, tuple[SlotValue, ...]] = {
    "embedding_size": (16, 32, 64),
    "prediction_hidden_sizes": tuple(widths_name((32,) * layers) for layers in (4, 5, 6)),
}
"""Instead of the slots' own behind an outer product: wider maps take seconds for a step, and each layer of a
CNN halves them until one cell is left."""


def slots_of(feedback: Feedback) -> dict[str, Slot]:
    """Those that a structure for this feedback can have: explicit feedback has no negatives."""
    if feedback == "implicit":
        return SLOTS
    without = {"negatives_per_positive", "negative_sampling", "sampled_items"}
    pointwise = (LossKind.MSE, LossKind.BCE, LossKind.NORMALIZED_BCE)
    kept = {name: slot for name, slot in SLOTS.items() if name not in without}
    return kept | {"loss": _names(*(kind.value for kind in pointwise))}
