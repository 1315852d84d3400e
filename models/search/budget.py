"""How long a search may take."""

import time
from collections.abc import Callable

SHARE_OF_A_TRIAL = 1 / 12
"""What one trial may take of the time of all workers, so that a slow structure leaves some for the others."""


class Budget:
    """The seconds that a search has taken, over interruptions, and those that it has left.

    Args:
        minutes: that it may take; None for any number.
        workers: that work side by side from now on.
        seconds: taken before it was interrupted.
        worker_seconds: taken before, as of the attribute.
        clock: seconds since some moment.
    """

    def __init__(
        self,
        minutes: float | None,
        workers: int,
        seconds: float = 0.0,
        worker_seconds: float = 0.0,
        clock: Callable[[], float] = time.monotonic,
    ):
        self.limit = None if minutes is None else 60 * minutes
        self._workers = workers
        self._before = seconds
        self._worker_seconds_before = worker_seconds
        self._clock = clock
        self._start = clock()

    @property
    def seconds(self) -> float:
        """Taken so far."""
        return self._before + self._clock() - self._start

    @property
    def worker_seconds(self) -> float:
        """The sum over that time of the number of workers, which may be another one after an interruption."""
        return self._worker_seconds_before + self._workers * (self._clock() - self._start)

    @property
    def left(self) -> float:
        """Seconds until it is used up, below 0 afterwards; infinite without a limit."""
        return float("inf") if self.limit is None else self.limit - self.seconds

    @property
    def of_one_trial(self) -> float:
        """Seconds that one trial may take; infinite without a limit."""
        return float("inf") if self.limit is None else self.limit * self._workers * SHARE_OF_A_TRIAL
