"""The best of a search, as a fragment of a config that another run can be pinned to."""

import datetime
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict

from models.search.results import SearchReport

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

    def to_yaml(self, comment: str) -> str:
        """A fragment of a config.

        Args:
            comment: its first line.
        """
        return f"# {comment}\n" + yaml.safe_dump(self.model_dump(), sort_keys=False)


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
