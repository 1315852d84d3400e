"""How long a search may take."""

import time
from collections.abc import Callable

SHARE_OF_A_TRIAL = 1 / 8
"""What one trial may take of the time of all workers, so that a slow structure leaves some for the others."""


class Budget:
    """The seconds that a search has taken, over interruptions, and those that it has left.

    Args:
        minutes: that it may take; None for any number.
        used: seconds before it was interrupted.
        clock: seconds since some moment.
    """

    def __init__(self, minutes: float | None, used: float = 0.0, clock: Callable[[], float] = time.monotonic):
        self.limit = None if minutes is None else 60 * minutes
        self._clock = clock
        self._start = clock() - used

    @property
    def seconds(self) -> float:
        """Taken so far."""
        return self._clock() - self._start

    @property
    def left(self) -> float:
        """Seconds until it is used up, below 0 afterwards; infinite without a limit."""
        return float("inf") if self.limit is None else self.limit - self.seconds

    def of_one_trial(self, workers: int) -> float:
        """Seconds that one trial may take of `workers` that work side by side; infinite without a limit."""
        return float("inf") if self.limit is None else self.limit * workers * SHARE_OF_A_TRIAL
