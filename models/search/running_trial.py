"""A trial that a worker trains at the moment."""

import time
from collections.abc import Sequence

from keras_tuner.engine.trial import Trial

from models.search.messages import Epoch
from models.search.results import Status, TrialResult
from models.search.space import SearchSpace


class RunningTrial:
    """What is known of it so far.

    Args:
        trial: KerasTuner's.
        number: from 1, in the order of the start.
        origin: where it came from.

    Attributes:
        curve: the objective after every epoch.
        halved: whether it was told to stop, having no prospects.
    """

    def __init__(self, trial: Trial, number: int, origin: str):
        self.trial = trial
        self.number = number
        self.origin = origin
        self.curve: list[float] = []
        self.halved = False
        self._reported_seconds = 0.0
        self._begun: float | None = None
        self._heard: float | None = None

    def begin(self) -> None:
        """Takes note that its worker has begun with it, having read the data."""
        self._begun = self._heard = time.monotonic()

    @property
    def has_begun(self) -> bool:
        """Whether its worker has begun with it."""
        return self._begun is not None

    @property
    def elapsed(self) -> float:
        """Seconds since it began."""
        return 0.0 if self._begun is None else time.monotonic() - self._begun

    @property
    def seconds(self) -> float:
        """Those that its worker has reported and those since then."""
        since = 0.0 if self._heard is None else time.monotonic() - self._heard
        return self._reported_seconds + since

    def take(self, epoch: Epoch) -> None:
        """Takes note of an epoch."""
        self.curve.append(epoch.value)
        self._reported_seconds = epoch.seconds
        self._heard = time.monotonic()

    def result(
        self, status: Status, reason: str | None, seconds: float, space: SearchSpace, higher_is_better: bool
    ) -> TrialResult:
        """How it ended; one that failed counts without the epochs before."""
        best = None if status == "failed" or not self.curve else _best(self.curve, higher_is_better)
        values = dict(self.trial.hyperparameters.values)
        return TrialResult(
            number=self.number,
            origin=self.origin,
            status=status,
            reason=reason,
            value=None if best is None else self.curve[best],
            best_epoch=0 if best is None else best + 1,
            epochs=len(self.curve),
            seconds=seconds,
            values=values,
            structure=space.structure(values).to_dict(),
            train=space.tuned(values),
            curve=tuple(self.curve),
        )


def _best(curve: Sequence[float], higher_is_better: bool) -> int:
    """The position of the best value, the first one of equal ones."""
    return curve.index(max(curve) if higher_is_better else min(curve))
