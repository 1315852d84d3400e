"""What a served model is: the JSON that travels inside every version."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict

MODEL_INFO_FILE = Path("assets", "model_info.json")


class DataWindow(BaseModel):
    """The interactions that a model has learnt from and was tested on."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    interactions: int
    """Distinct pairs of user and item."""
    first: str | None = None
    """Time of the oldest interaction, ISO 8601 in UTC; None without timestamps."""
    last: str | None = None
    """Time of the newest."""
    test_from: int | None = None
    """First second of test, where the split is by time; what came before may have been learnt."""
    contents: str | None = None
    """`contents_digest` of the files that were read."""


class ModelInfo(BaseModel):
    """The contents of `assets/model_info.json`; what a later release adds is passed over.

    The Trainer writes what it knows; the push adds the test metrics and the window of the data.
    """

    # A metric that nothing counted for is nan, which strict JSON can hold as a string alone.
    model_config = ConfigDict(extra="ignore", frozen=True, ser_json_inf_nan="strings")

    structure: dict[str, Any]
    """Every slot."""
    metrics: dict[str, dict[str, float]]
    """By split: `eval` of the model that chose the epochs, `test` once the model has been evaluated."""
    users: int
    """Known users."""
    items: int
    """Known items: the catalogue."""
    max_k: int
    """The longest list of recommendations that can be asked for, at most `items`."""
    data: DataWindow | None = None
    """None until the push."""
    trained_at: str
    """ISO 8601 in UTC."""
    code_version: str
    """Of autoncf."""


def contents_digest(contents: Mapping[str, str]) -> str:
    """SHA-256 that tells whether two models are of the same data.

    Args:
        contents: digest of every file that was read, by name.
    """
    return hashlib.sha256(json.dumps(dict(contents), sort_keys=True).encode()).hexdigest()


def read_model_info(version_folder: Path) -> ModelInfo | None:
    """The model info inside a version folder; None for a model that was not exported by autoncf.

    Raises:
        ValueError: if the file is there but does not hold a model info.
    """
    path = version_folder / MODEL_INFO_FILE
    return ModelInfo.model_validate_json(path.read_bytes()) if path.is_file() else None
