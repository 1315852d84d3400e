"""What the search and its workers say to each other."""

import dataclasses
from typing import Any

from models.settings import Feedback


@dataclasses.dataclass(frozen=True)
class TrialData:
    """What all trials learn from and are judged by; the first thing that a worker is told.

    Attributes:
        train_files, eval_files: glob patterns of the transformed Examples.
        users, items: how many are known.
        feedback: "explicit" or "implicit".
        top_k: K of NDCG@K.
    """

    train_files: tuple[str, ...]
    eval_files: tuple[str, ...]
    users: int
    items: int
    feedback: Feedback
    top_k: int

    @property
    def objective(self) -> str:
        """The metric on the eval split that trials are compared by."""
        return "rmse" if self.feedback == "explicit" else f"ndcg_at_{self.top_k}"

    @property
    def higher_is_better(self) -> bool:
        """Whether more of the objective is better."""
        return self.feedback == "implicit"


@dataclasses.dataclass(frozen=True)
class Task:
    """A trial for a worker: plain values of `Structure` and `TrainSettings`."""

    structure: dict[str, Any]
    settings: dict[str, Any]


@dataclasses.dataclass(frozen=True)
class GoOn:
    """The answer to an epoch: whether there is to be another one."""

    granted: bool


@dataclasses.dataclass(frozen=True)
class Ready:
    """A worker has read the data."""


@dataclasses.dataclass(frozen=True)
class Unusable:
    """No trial can be made of this data, a sentence says why."""

    reason: str


@dataclasses.dataclass(frozen=True)
class Epoch:
    """An epoch of a trial has ended.

    Attributes:
        number: from 1.
        value: of the objective, finite.
        seconds: of training since the trial began: making the model, fit and evaluation.
        last: whether training ends here in any case; otherwise the worker waits for `GoOn`.
    """

    number: int
    value: float
    seconds: float
    last: bool


@dataclasses.dataclass(frozen=True)
class Finished:
    """A trial has ended, after so many seconds of training; the worker is free again."""

    seconds: float


@dataclasses.dataclass(frozen=True)
class Failed:
    """A trial has failed, a sentence says why; the worker is free again."""

    reason: str
    seconds: float


@dataclasses.dataclass(frozen=True)
class Outcome:
    """What a worker says at the end of a trial, and whether it is worn (see `models.search.wear`)."""

    report: Finished | Failed
    worn: bool


@dataclasses.dataclass(frozen=True)
class Gone:
    """A worker's process has ended, a sentence says how; it says so no more itself.

    Attributes:
        reason: a sentence.
        was_ready: whether it had read the data.
    """

    reason: str
    was_ready: bool


Report = Ready | Unusable | Epoch | Finished | Failed | Gone
