"""Which slot is there under which conditions, with which values."""

import dataclasses
import functools
import itertools
from collections.abc import Iterator
from typing import Any

from models.choices import Fusion, Input, LossKind, Normalization, PredictionKind, Targets
from models.search.conditional import Condition, Declaration, nested, possible
from models.search.encoding import Values, decode
from models.search.restrictions import Choices
from models.search.settings import SlotValue
from models.search.slots import ADAGRAD, BY_LENGTH, CONCAT, NONE, TRAIN_SLOTS, widths_of
from models.settings import Feedback

ORIGIN, SEARCHED, GIVEN = "origin", "searched", "given"
"""The slot that a structure needs which the other slots cannot say, and its values."""
_VECTORS = (Input.INTERACTIONS.value, Input.BOTH.value)
_INTERACTIONS: tuple[tuple[Condition, ...], ...] = (
    (("user_input", _VECTORS),),
    (("user_input", (Input.ID.value,)), ("item_input", _VECTORS)),
)
"""Both ways in which a structure takes interaction vectors, which exclude each other."""
_OUTER_PRODUCT: tuple[Condition, ...] = (("fusion", (Fusion.OUTER_PRODUCT.value,)),)
WIDEST_MAP_OF_BOTH = 32
"""Embedding size behind an outer product, where towers are twice as wide: a map of 128 x 128 cells takes
1.5 MB for each interaction of a step."""


def declare(choices: Choices, maps: Choices, feedback: Feedback, sampled: bool) -> list[Declaration]:
    """All slots of structures, each behind those that it depends on; none if nothing fits.

    Args:
        choices: values of every slot.
        maps: values of every slot behind an outer product.
        feedback: of the data.
        sampled: whether a softmax samples items.
    """
    widths = [
        (size, layers)
        for size, layers in itertools.product(maps["embedding_size"], maps["prediction_hidden_sizes"])
        if 2 ** len(widths_of(str(layers))) <= int(size)  # until one cell is left
    ]
    inputs, cores = _inputs(choices), _cores(choices, feedback, with_maps=bool(widths))
    seconds = {row[0] for row in inputs} & {row[0] for row in cores}
    if not seconds:
        return []
    declarations = [
        *nested(("second_branch", "user_input", "item_input"), [row for row in inputs if row[0] in seconds]),
        *nested(
            ("second_branch", "fusion", "temperature", "prediction", "loss"),
            [row for row in cores if row[0] in seconds],
        ),
        *_of_maps(widths),
        *_of_towers(choices),
        *(
            Declaration(name, choices[name], (("second_branch", (CONCAT,)),))
            for name in ("second_embedding_size", "second_hidden_sizes")
        ),
        Declaration(
            "prediction_hidden_sizes",
            choices["prediction_hidden_sizes"],
            (("prediction", (PredictionKind.MLP.value,)),),
        ),
        *(_of_negatives(choices, sampled) if feedback == "implicit" else ()),
    ]
    return possible(declarations)


def declare_training(choices: Choices, rates_of_adagrad: tuple[SlotValue, ...]) -> list[Declaration]:
    """The slots that are settings of the training.

    Args:
        choices: values of every slot.
        rates_of_adagrad: learning rates with that optimiser.
    """
    others = tuple(optimizer for optimizer in choices["optimizer"] if optimizer != ADAGRAD)
    rates = {others: choices["learning_rate"], (ADAGRAD,): rates_of_adagrad}
    return possible(
        [
            Declaration("optimizer", choices["optimizer"]),
            *(
                Declaration("learning_rate", values, (("optimizer", optimizers),))
                for optimizers, values in rates.items()
            ),
            *(Declaration(name, choices[name]) for name in ("weight_decay", "batch_size")),
        ]
    )


def beside_given(declarations: list[Declaration]) -> list[Declaration]:
    """The same with a slot that chooses between them and the config's structure as it is."""
    searched = ((ORIGIN, (SEARCHED,)),)
    return [
        Declaration(ORIGIN, (SEARCHED, GIVEN)),
        *(
            dataclasses.replace(slot, conditions=slot.conditions or searched)
            if slot.name not in TRAIN_SLOTS
            else slot
            for slot in declarations
        ),
    ]


def _inputs(choices: Choices) -> list[tuple[Any, ...]]:
    """What fits of second branch, user's and item's input."""
    by_length = any(value != Normalization.L2.value for value in choices["normalization"])
    return [
        (second, user, item)
        for second, user, item in itertools.product(
            *(choices[name] for name in ("second_branch", "user_input", "item_input"))
        )
        if second != BY_LENGTH or (by_length and {user, item} != {Input.ID.value})
    ]


def _cores(choices: Choices, feedback: Feedback, with_maps: bool) -> list[tuple[Any, ...]]:
    """What fits of second branch, fusion, temperature (None without), prediction and loss."""
    rows: list[tuple[Any, ...]] = []
    for second, fusion in itertools.product(choices["second_branch"], choices["fusion"]):
        if fusion == Fusion.OUTER_PRODUCT and not with_maps:
            continue
        cosine = fusion == Fusion.NORMALIZED_PRODUCT
        rows += [
            (second, fusion, temperature, prediction, loss)
            for temperature, prediction, loss in itertools.product(
                choices["temperature"] if cosine else (None,), choices["prediction"], choices["loss"]
            )
            if _fit(second, fusion, cosine and temperature != 1, prediction, loss, feedback)
        ]
    return rows


@functools.cache
def _fit(second: str, fusion: str, scaled: bool, prediction: str, loss: str, feedback: Feedback) -> bool:
    """Whether the slots are worth a trial together, and fit."""
    hidden = prediction in (PredictionKind.MLP, PredictionKind.CNN)
    if loss == LossKind.SOFTMAX and (hidden or second == CONCAT):
        return False  # every user of a step with every item, in every layer
    if second != NONE and fusion in (Fusion.CONCAT, Fusion.OUTER_PRODUCT):
        return False
    linear = prediction in (PredictionKind.LINEAR, PredictionKind.LEARNT_LINEAR)
    if loss == LossKind.NORMALIZED_BCE and feedback == "implicit" and not linear:
        return False  # the same as bce
    values: Values = {
        **_PROBE,
        "second_branch": second,
        "fusion": fusion,
        "temperature": 2.0 if scaled else 1.0,
        "prediction": prediction,
        "prediction_hidden_sizes": "8" if hidden else NONE,
        "loss": loss,
    }
    try:
        decode(values)
    except ValueError:
        return False
    return True


_PROBE: Values = {
    "user_input": Input.INTERACTIONS.value,
    "item_input": Input.INTERACTIONS.value,
    "user_hidden_sizes": NONE,
    "item_hidden_sizes": NONE,
    "activation": "relu",
    "normalization": NONE,
    "interaction_dropout": 0.0,
    "embedding_size": 8,
    "dropout": 0.0,
    "second_embedding_size": 8,
    "second_hidden_sizes": "8",
}


def _of_maps(widths: list[tuple[Any, ...]]) -> Iterator[Declaration]:
    names = ("embedding_size", "prediction_hidden_sizes")
    narrow = [row for row in widths if int(row[0]) <= WIDEST_MAP_OF_BOTH] or widths
    single, both = (Input.ID.value, Input.INTERACTIONS.value), (Input.BOTH.value,)
    for user, item, rows in (
        (single, single, widths),
        (both, (*single, *both), narrow),
        (single, both, narrow),
    ):
        yield from nested(names, rows, (*_OUTER_PRODUCT, ("user_input", user), ("item_input", item)))


def _of_towers(choices: Choices) -> Iterator[Declaration]:
    others = tuple(fusion.value for fusion in Fusion if fusion is not Fusion.OUTER_PRODUCT)
    yield Declaration("embedding_size", choices["embedding_size"], (("fusion", others),))
    yield Declaration("dropout", choices["dropout"])
    for side in ("user", "item"):
        name = f"{side}_hidden_sizes"
        yield Declaration(name, choices[name], ((f"{side}_input", _VECTORS),))
    for interactions in _INTERACTIONS:
        one_view = (*interactions, ("second_branch", (NONE, CONCAT)))
        yield Declaration("activation", choices["activation"], interactions)
        yield Declaration("normalization", choices["normalization"], one_view)
        yield Declaration("interaction_dropout", choices["interaction_dropout"], interactions)
    # The second view of two is the one by length.
    views = tuple(value for value in choices["normalization"] if value != Normalization.L2.value)
    yield Declaration("normalization", views, (("second_branch", (BY_LENGTH,)),))
    dropped = tuple(rate for rate in choices["interaction_dropout"] if rate)
    yield Declaration("targets", choices["targets"], (("interaction_dropout", dropped),))
    yield Declaration("masking", choices["masking"], (("interaction_dropout", (0.0,)),))
    yield Declaration("masking", choices["masking"], (("targets", (Targets.ALL.value,)),))


def _of_negatives(choices: Choices, sampled: bool) -> Iterator[Declaration]:
    softmax = LossKind.SOFTMAX.value
    own = (("loss", tuple(loss.value for loss in LossKind if loss is not LossKind.SOFTMAX)),)
    yield Declaration("negatives_per_positive", choices["negatives_per_positive"], own)
    yield Declaration("negative_sampling", choices["negative_sampling"], own)
    if sampled:
        yield Declaration("sampled_items", choices["sampled_items"], (("loss", (softmax,)),))
        yield Declaration("negative_sampling", choices["negative_sampling"], (("loss", (softmax,)),))
