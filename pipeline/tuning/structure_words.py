"""Structures in a few words, which tell any two apart."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from models.presets import PRESETS

_USUAL = PRESETS["mf"].to_dict()
"""It has the default in every slot; what is as usual is left unsaid."""
_USUAL_BRANCH = _USUAL["branches"][0]
_USUAL_TOWER = _USUAL_BRANCH["user"]

_OF_VECTORS = ("normalization", "activation", "interaction_dropout")
"""Slots of a tower that change nothing where an id is looked up."""
_SHORT = {"activation": "", "negatives_per_positive": "negatives ", "negative_sampling": "by "}

_Details = dict[str, tuple[Any, ...]]
"""By slot its values on the sides that have it."""


def structure_in_words(structure: Mapping[str, Any]) -> str:
    """Such as `id·id 64 product + id·id 64 concat [64-32] → non-linear, bce (negatives 7)`.

    Of each branch the inputs with the hidden layers of their towers, the width, the fusion with the layers
    behind it, and in parentheses what is other than the default; then prediction and loss. A branch that
    differs from the one before in parentheses alone is `the same` with what is other there.

    Args:
        structure: every slot, as in a configuration.
    """
    told: list[str] = []
    head_before = ""
    before: _Details = {}
    for branch in structure["branches"]:
        head, details = _head(branch), _details(branch)
        is_same = head == head_before
        usual = before if is_same else _usual(details)
        other = {name: values for name, values in details.items() if values != usual[name]}
        told.append(("the same" if is_same else head) + _in_parentheses(other))
        head_before, before = head, details
    prediction, loss = structure["prediction"], structure["loss"]
    of_loss = {name: (loss[name],) for name, usual in _USUAL["loss"].items() if loss[name] != usual}
    of_loss.pop("kind", None)
    return (
        f"{' + '.join(told)} → {prediction['kind']}{_layers(prediction)}, {loss['kind']}"
        f"{_in_parentheses(of_loss)}{', masked' if structure['masking'] else ''}"
    )


def _head(branch: Mapping[str, Any]) -> str:
    towers = branch["user"], branch["item"]
    inputs = "·".join(tower["input"] + _sizes(tower["hidden_sizes"]) for tower in towers)
    widths = _values(tower["embedding_size"] for tower in towers)
    return f"{inputs} {widths} {branch['fusion']}{_layers(branch)}"


def _details(branch: Mapping[str, Any]) -> _Details:
    towers = branch["user"], branch["item"]
    with_vectors = [tower for tower in towers if tower["input"] != "id"]
    details = {name: tuple(tower[name] for tower in with_vectors) for name in _OF_VECTORS}
    details["dropout"] = tuple(tower["dropout"] for tower in towers)
    return details | {"temperature": (branch["temperature"],)}


def _usual(details: _Details) -> _Details:
    usual = {**_USUAL_BRANCH, **_USUAL_TOWER}
    return {name: (usual[name],) * len(values) for name, values in details.items()}


def _in_parentheses(details: _Details) -> str:
    told = [
        _SHORT.get(name, name.replace("_", " ") + " ") + _values(values) for name, values in details.items()
    ]
    return f" ({', '.join(told)})" if told else ""


def _values(values: Iterable[Any]) -> str:
    """Once if both sides have the same."""
    told = [str(value) for value in values]
    return told[0] if len(set(told)) == 1 else "·".join(told)


def _layers(slot: Mapping[str, Any]) -> str:
    """Of a branch or a prediction."""
    activation = slot["activation"]
    return _sizes(slot["hidden_sizes"], "" if activation == _USUAL_BRANCH["activation"] else f" {activation}")


def _sizes(hidden_sizes: Sequence[int], more: str = "") -> str:
    return f" [{'-'.join(map(str, hidden_sizes))}{more}]" if hidden_sizes else ""
