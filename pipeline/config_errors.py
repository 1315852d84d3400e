"""What is wrong with a configuration, in words."""

import dataclasses
import typing
from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import ValidationError


def sentences(error: ValidationError, model: type) -> Iterator[str]:
    """One sentence per mistake: the key's path, the rule, and what is allowed.

    Args:
        error: raised when `model` was validated.
        model: the root of the configuration.
    """
    for mistake in error.errors(include_url=False):
        location = mistake["loc"]
        path = ".".join(map(str, location))
        if mistake["type"] in ("extra_forbidden", "unexpected_keyword_argument"):
            allowed = ", ".join(_keys(model, location[:-1]))
            yield f"{path} is an unknown key; allowed here: {allowed}."
        elif mistake["type"] == "missing":
            yield f"{path} is missing; set it."
        elif mistake["type"] == "value_error":
            # A rule between sections has no path; its text names the keys.
            yield ": ".join(filter(None, (path, str(mistake["ctx"]["error"])))).rstrip(".") + "."
        elif mistake["type"] in ("dataclass_type", "model_type"):
            yield f"{path} = {mistake['input']!r}: should hold keys, of {', '.join(_keys(model, location))}."
        else:
            yield f"{path} = {mistake['input']!r}: {_lower(mistake['msg'])}."


def _keys(model: Any, location: tuple[int | str, ...]) -> list[str]:
    """The keys allowed at a location of the configuration."""
    for step in location:
        hints = typing.get_type_hints(model)
        if isinstance(step, str) and step in hints:
            model = _innermost(hints[step])
    if dataclasses.is_dataclass(model):
        return [field.name for field in dataclasses.fields(model)]
    return list(model.model_fields)


def _innermost(hint: Any) -> Any:
    """`Branch` of `tuple[Branch, ...]` and `Annotated[Branch, ...]`, `Bounds` of `Mapping[str, Bounds]`."""
    while arguments := typing.get_args(hint):
        hint = arguments[1 if typing.get_origin(hint) is Mapping else 0]
    return hint


def _lower(message: str) -> str:
    return message[:1].lower() + message[1:].rstrip(".")
