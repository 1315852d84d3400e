"""The best of a search as a file, which may have been written by hand."""

from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError, model_validator

from models.errors import UserError
from models.search.best import BEST, Best
from models.settings import TrainSettings
from pipeline.config_errors import sentences
from pipeline.given_structure import GivenStructure, train_as_suits_the_preset


def parse_best(text: str, where: str) -> Best:
    """Reads what `Best.to_yaml` wrote, or somebody after that manner; a preset may stand for its structure.

    Args:
        text: of the file.
        where: the file is, for errors.

    Raises:
        UserError: if it is not YAML, or holds no structure, or what is no setting of a training.
    """
    try:
        values = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise UserError(f"{where}: not a YAML file: {' '.join(str(error).split())}.") from None
    if not isinstance(values, dict) or "structure" not in values:
        raise UserError(f"{where}: has no `structure`; give the {BEST} of a search.")
    try:
        read = _Checked.model_validate(values)
    except ValidationError as error:
        raise UserError("\n".join(f"{where}: {line}" for line in sentences(error, _Checked))) from None
    train = read.train.model_dump(mode="json", include=read.train.model_fields_set)
    return Best(structure=read.structure.to_dict(), train=train)


class _Checked(BaseModel):
    model_config = ConfigDict(extra="forbid")

    structure: GivenStructure
    train: TrainSettings = TrainSettings()

    @model_validator(mode="before")
    @classmethod
    def _train_as_suits_the_preset(cls, values: dict[str, Any]) -> dict[str, Any]:
        return train_as_suits_the_preset(values)
