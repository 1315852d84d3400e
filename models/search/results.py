"""What came of a search."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from models.search.settings import SlotValue

SEARCH_REPORT = "search.json"
"""Name of the report, in the folder of a search and in the TunerResults artifact."""

Status = Literal["finished", "halved", "out of time", "failed"]

EndedBy = Literal["trials", "minutes", "space", "workers"]


class TrialResult(BaseModel):
    """One structure that was tried."""

    model_config = ConfigDict(extra="ignore", frozen=True, ser_json_inf_nan="constants")

    number: int
    """From 1, in the order of the start."""
    origin: str
    """Where it came from: `config`, the name of a preset, `random`, or `from 12`, a changed trial 12."""
    status: Status
    """`finished` stopped improving or had all epochs, `halved` had no prospects, `out of time` was cut off;
    each counts with its best epoch. `failed` does not count."""
    reason: str | None = None
    """Of what was not finished, a sentence."""
    value: float | None
    """Of the objective in the best epoch; None of what failed, or was out of time before its first epoch
    had ended."""
    best_epoch: int
    """From 1; 0 without a value."""
    epochs: int
    """How many were trained."""
    seconds: float
    """Of training, by the clock: making the model, fit and evaluation. Where a trial was cut off, or its
    worker ended, until then; its last epoch, which did not end, counts."""
    values: dict[str, SlotValue]
    """By slot of the search space; those alone that the structure has."""
    structure: dict[str, Any]
    """Every slot, as in a configuration."""
    train: dict[str, Any]
    """The settings that the search chose, as in a configuration."""
    curve: tuple[float, ...] = ()
    """The objective after every epoch."""


class SearchReport(BaseModel):
    """All trials of a search so far."""

    model_config = ConfigDict(extra="ignore", frozen=True, ser_json_inf_nan="constants")

    objective: str
    """Name of the metric on the eval split."""
    higher_is_better: bool
    """Whether a trial with more of it is the better one."""
    trials: tuple[TrialResult, ...]
    """In the order of their numbers; those that run are not among them."""
    seconds: float
    """Of the whole search, by the clock, interruptions left out."""
    workers: int
    """How many trials ran side by side, lastly."""
    worker_seconds: float
    """The sum over `seconds` of the number of workers, which may be another one after an interruption."""
    ended_by: EndedBy | None
    """What ended it: a budget, that there is nothing else to try, or that no worker could be started any
    more; None while it runs."""

    @property
    def ranked(self) -> list[TrialResult]:
        """The trials with a value, the best first; of equal ones the earlier."""
        valued = [trial for trial in self.trials if trial.value is not None]
        sign = -1 if self.higher_is_better else 1
        return sorted(valued, key=lambda trial: (sign * (trial.value or 0.0), trial.number))

    @property
    def overhead(self) -> float:
        """The fraction of the workers' time in which none trained; 0 without any time.

        That is: starting them, reading the data, waiting for the search, and what was trained of trials that
        an interruption made begin anew. The epoch in which a trial was cut off counts as training.
        """
        trained = sum(trial.seconds for trial in self.trials)
        return 1 - trained / self.worker_seconds if self.worker_seconds else 0.0
