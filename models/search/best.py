"""The best of a search, as a fragment of a config that another run can be pinned to."""

import datetime
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError, model_validator

from models.config_errors import sentences
from models.errors import UserError
from models.given_structure import GivenStructure, train_as_suits_the_preset
from models.search.results import SearchReport
from models.settings import TrainSettings

BEST = "best.yaml"
"""Name of the fragment, beside `models.search.results.SEARCH_REPORT`."""


class Best(BaseModel):
    """What a search chose; both are as in a config."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    structure: dict[str, Any]
    """Every slot."""
    train: dict[str, Any]
    """The settings that the search chose; those that it did not choose stay the config's."""

    @classmethod
    def of(cls, report: SearchReport) -> "Best":
        """What the best trial of a report had; the report has one with a value."""
        best = report.ranked[0]
        return cls(structure=best.structure, train=best.train)

    @classmethod
    def from_yaml(cls, text: str, where: str) -> "Best":
        """Reads what `to_yaml` wrote, or somebody after that manner; a preset may stand for its structure.

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
        return cls(structure=read.structure.to_dict(), train=train)

    def to_yaml(self, comment: str) -> str:
        """A fragment of a config.

        Args:
            comment: its first line.
        """
        return f"# {comment}\n" + yaml.safe_dump(self.model_dump(), sort_keys=False)


class _Checked(BaseModel):
    model_config = ConfigDict(extra="forbid")

    structure: GivenStructure
    train: TrainSettings = TrainSettings()

    @model_validator(mode="before")
    @classmethod
    def _train_as_suits_the_preset(cls, values: dict[str, Any]) -> dict[str, Any]:
        return train_as_suits_the_preset(values)


def best_yaml(report: SearchReport, ended: datetime.datetime) -> str:
    """The best of a report as YAML; its comment says how good it was, where it came from and since when.

    Args:
        report: with at least one trial that has a value.
        ended: when the search did, with its time zone.
    """
    best = report.ranked[0]
    return Best.of(report).to_yaml(
        f"{report.objective} {best.value:.4f} on the eval split, trial {best.number} of {len(report.trials)} "
        f"({best.origin}), {ended:%Y-%m-%d %H:%M %Z}"
    )
