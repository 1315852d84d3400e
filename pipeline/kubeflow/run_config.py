"""The config of one run: the compiled one, and what the run was told."""

import json
from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from models.errors import UserError
from pipeline.config import Config
from pipeline.config_errors import sentences


def run_config(given: Mapping[str, Any], structure: str, epochs: int) -> Config:
    """The config in force, but for what an earlier search found.

    Args:
        given: the values that the pipeline was compiled with.
        structure: a preset's name or the JSON of a structure instead of the given one, and instead of the one
            that an earlier search found; "" for these. A search begins with it.
        epochs: instead of the given; 0 for these.

    Raises:
        UserError: if the result is no config.
    """
    values = dict(given)
    if structure:
        values["structure"] = read_structure(structure)
        values["search"] = {**values.get("search", {}), "pinned": None}
    if epochs:
        values["train"] = {**values.get("train", {}), "epochs": epochs}
    try:
        return Config.model_validate(values)
    except ValidationError as error:
        raise UserError(" ".join(sentences(error, Config))) from None


def read_structure(text: str) -> Any:
    """What a config may have as `structure`, of the text that a run is told.

    Raises:
        UserError: if it begins as JSON and is none.
    """
    if not text.lstrip().startswith("{"):
        return text
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise UserError(
            f"structure: is no JSON ({error}); give a preset's name, or the slots as JSON."
        ) from None
