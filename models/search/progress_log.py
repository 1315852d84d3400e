"""What a search says of itself: a line per trial that ended, and in between where it stands."""

import logging
import time
from collections.abc import Iterable

from models.search.budget import Budget
from models.search.messages import TrialData
from models.search.progress import SearchProgress
from models.search.results import TrialResult
from models.search.running_trial import RunningTrial

logger = logging.getLogger("models.search.tuner")

INTERVAL_SECONDS = 1.0
"""Between two records, those of ended trials aside."""


class ProgressLog:
    """Log records with `SearchProgress` as `progress`.

    Args:
        trials: how many there may be.
        data: says which metric it is.
    """

    def __init__(self, trials: int, data: TrialData):
        self._trials = trials
        self._data = data
        self._newest = 0
        self._ended = 0
        self._best: tuple[float, str] | None = None
        self._told = float("-inf")

    def resumed(self, results: Iterable[TrialResult]) -> None:
        """Takes the results of before an interruption, and says that the search goes on."""
        for result in results:
            self._count(result)
        logger.info("The search goes on behind %d trials that have ended.", self._ended)

    def begun(self, running: RunningTrial) -> None:
        """Takes note of a trial that a worker was given."""
        self._newest = max(self._newest, running.number)

    def epoch(self, running: RunningTrial, budget: Budget) -> None:
        """Takes note of an epoch."""
        self._compare(running.curve[-1], running.origin)
        self.time(budget)

    def time(self, budget: Budget) -> None:
        """Tells where the search stands, if it was not told just now."""
        if time.monotonic() - self._told >= INTERVAL_SECONDS:
            seconds = f"{budget.seconds:.0f}" + ("" if budget.limit is None else f" of {budget.limit:.0f}")
            text = f"Trial {self._newest}, {self._ended} ended, {seconds} s; {self._best_text()}"
            self._tell(text, budget)

    def ended(self, result: TrialResult, budget: Budget) -> None:
        """Tells what became of a trial."""
        self._count(result)
        trial = f"Trial {result.number} ({result.origin})"
        if result.value is None:
            outcome = (
                f"{result.status} behind {result.epochs} epochs, {result.seconds:.1f} s: {result.reason}"
            )
        else:
            outcome = (
                f"{self._data.objective} {result.value:.4f} in epoch {result.best_epoch} of {result.epochs}, "
                f"{result.seconds:.1f} s, {result.status}"
            )
        self._tell(f"{trial}: {outcome}; {self._best_text()}", budget)

    def _count(self, result: TrialResult) -> None:
        self._newest = max(self._newest, result.number)
        self._ended += 1
        if result.value is not None:
            self._compare(result.value, result.origin)

    def _compare(self, value: float, origin: str) -> None:
        sign = 1 if self._data.higher_is_better else -1
        if self._best is None or sign * value > sign * self._best[0]:
            self._best = (value, origin)

    def _best_text(self) -> str:
        return "nothing found yet" if self._best is None else f"best {self._best[0]:.4f} ({self._best[1]})"

    def _tell(self, text: str, budget: Budget) -> None:
        self._told = time.monotonic()
        value, origin = self._best or (None, None)
        progress = SearchProgress(
            trial=self._newest,
            trials=self._trials,
            ended=self._ended,
            objective=self._data.objective,
            best_value=value,
            best_origin=origin,
            seconds=budget.seconds,
            limit_seconds=budget.limit,
        )
        logger.info("%s", text, extra={"progress": progress})
