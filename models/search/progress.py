"""The progress of a search, for whoever shows it."""

import dataclasses


@dataclasses.dataclass(frozen=True)
class SearchProgress:
    """Where a search stands; stands as `progress` in the log record, for whoever shows a progress bar.

    Attributes:
        trial: number of the newest trial, from 1.
        trials: how many there may be.
        ended: how many have ended.
        objective: the metric that chooses.
        best_value: of it in any epoch so far; None before the first one.
        best_origin: where that trial came from: `config`, a preset's name, `random`, or `from 12`.
        seconds: of the search so far, by the clock, those before an interruption included.
        limit_seconds: when it ends at the latest; None for never.
    """

    trial: int
    trials: int
    ended: int
    objective: str
    best_value: float | None
    best_origin: str | None
    seconds: float
    limit_seconds: float | None
