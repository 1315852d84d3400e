"""Structures as values of slots, and back."""

import dataclasses
from collections.abc import Mapping
from typing import Any

from models.choices import Activation, Fusion, Input, LossKind, NegativeSampling, Normalization
from models.search.settings import SlotValue
from models.search.slots import BY_LENGTH, CONCAT, NONE, widths_name, widths_of
from models.settings import Feedback
from models.slots import Branch, Loss, Prediction, Tower
from models.structure import Structure

Values = dict[str, SlotValue]

_VECTORS = (Input.INTERACTIONS.value, Input.BOTH.value)


def decode(values: Mapping[str, Any]) -> Structure:
    """The structure of a point; slots that it does not have are left out of `values`.

    Raises:
        ValueError: if the slots do not fit each other.
    """
    user, item = _tower(values, "user"), _tower(values, "item")
    if (user.input is Input.BOTH) != (item.input is Input.BOTH):
        # An id and a vector side by side are twice as wide: so has to be what they are multiplied with.
        user, item = (
            tower
            if tower.input is Input.BOTH
            else dataclasses.replace(tower, embedding_size=2 * tower.embedding_size)
            for tower in (user, item)
        )
    first = Branch(user, item, values["fusion"], temperature=values.get("temperature", 1.0))
    branches = [first, *_second_branch(first, values)]
    return Structure(
        branches=tuple(branches),
        prediction=Prediction(
            values["prediction"], hidden_sizes=widths_of(values.get("prediction_hidden_sizes", NONE))
        ),
        loss=Loss(
            values["loss"],
            **{
                name: values[name]
                for name in ("negatives_per_positive", "negative_sampling", "sampled_items", "targets")
                if name in values
            },
        ),
        masking=values.get("masking") == "true",
    )


def _tower(values: Mapping[str, Any], side: str) -> Tower:
    shared = {"embedding_size": values["embedding_size"], "dropout": values["dropout"]}
    if values[f"{side}_input"] not in _VECTORS:
        return Tower(Input.ID, **shared)
    return Tower(
        values[f"{side}_input"],
        hidden_sizes=widths_of(values[f"{side}_hidden_sizes"]),
        activation=values["activation"],
        normalization=values["normalization"],
        interaction_dropout=values["interaction_dropout"],
        **shared,
    )


def _second_branch(first: Branch, values: Mapping[str, Any]) -> list[Branch]:
    def changed(tower: Tower, **changes: Any) -> Tower:
        return dataclasses.replace(tower, **changes) if tower.takes_interactions else tower

    if values["second_branch"] == BY_LENGTH:
        user, item = (changed(tower, normalization=Normalization.L2) for tower in (first.user, first.item))
        return [dataclasses.replace(first, user=user, item=item)]
    if values["second_branch"] == CONCAT:
        user, item = (
            dataclasses.replace(
                changed(tower, hidden_sizes=(), activation=Activation.LINEAR),
                embedding_size=values["second_embedding_size"],
            )
            for tower in (first.user, first.item)
        )
        sizes = widths_of(values["second_hidden_sizes"])
        return [Branch(user, item, Fusion.CONCAT, hidden_sizes=sizes)]
    return []


def encode(structure: Structure) -> Values:
    """Values of which `decode` makes the structure, if it is a point of the space; there may be more of them
    than the point has."""
    first, second = structure.branches[0], structure.branches[1] if len(structure.branches) > 1 else None
    loss, prediction = structure.loss, structure.prediction
    encoder = structure.interaction_towers[0] if structure.interaction_towers else first.user
    values: dict[str, Any] = {
        "user_input": first.user.input.value,
        "item_input": first.item.input.value,
        "user_hidden_sizes": widths_name(first.user.hidden_sizes),
        "item_hidden_sizes": widths_name(first.item.hidden_sizes),
        "activation": encoder.activation.value,
        "normalization": encoder.normalization.value,
        "interaction_dropout": encoder.interaction_dropout,
        "embedding_size": min(first.user.embedding_size, first.item.embedding_size),
        "dropout": first.user.dropout,
        "fusion": Fusion(first.fusion).value if first.fusion in list(Fusion) else first.fusion,
        "temperature": first.temperature,
        "second_branch": NONE,
        "prediction": prediction.kind.value,
        "loss": loss.kind.value,
        "negatives_per_positive": loss.negatives_per_positive,
        "negative_sampling": loss.negative_sampling.value,
        "targets": loss.targets.value,
        "masking": str(structure.masking).lower(),
    }
    if prediction.hidden_sizes:
        values["prediction_hidden_sizes"] = widths_name(prediction.hidden_sizes)
    if loss.sampled_items is not None:
        values["sampled_items"] = loss.sampled_items
    if second is not None and second.hidden_sizes:
        values["second_branch"] = CONCAT
        values["second_embedding_size"] = second.user.embedding_size
        values["second_hidden_sizes"] = widths_name(second.hidden_sizes)
    elif second is not None:
        values["second_branch"] = BY_LENGTH
    return values


def without_effectless(structure: Structure, feedback: Feedback) -> Structure:
    """The same model with defaults in the slots that change nothing in it, so that equals compare equal."""
    loss = structure.loss
    if loss.kind is LossKind.NORMALIZED_BCE and structure.squashed and feedback == "implicit":
        loss = dataclasses.replace(loss, kind=LossKind.BCE)
    if loss.kind is LossKind.SOFTMAX or feedback == "explicit":
        loss = dataclasses.replace(loss, negatives_per_positive=Loss(loss.kind).negatives_per_positive)
    if feedback == "explicit":
        loss = dataclasses.replace(loss, negative_sampling=NegativeSampling.UNIFORM)
    prediction = structure.prediction
    return dataclasses.replace(
        structure,
        branches=tuple(
            dataclasses.replace(
                branch,
                user=_without_idle_activation(branch.user),
                item=_without_idle_activation(branch.item),
                activation=branch.activation if branch.hidden_sizes else Activation.RELU,
            )
            for branch in structure.branches
        ),
        prediction=dataclasses.replace(
            prediction, activation=prediction.activation if prediction.hidden_sizes else Activation.RELU
        ),
        loss=loss,
    )


def _without_idle_activation(tower: Tower) -> Tower:
    return tower if tower.takes_interactions else dataclasses.replace(tower, activation=Activation.RELU)
