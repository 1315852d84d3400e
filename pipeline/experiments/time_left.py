"""How long the rest of an experiment may take."""

from collections.abc import Sequence

from pipeline.experiments.experiment import Finished
from pipeline.experiments.trial import Trial


class TimeLeft:
    """An estimate from what has been done: a contender takes as long as it took before, on other data too.

    Args:
        trials: in the order in which they are done.
    """

    def __init__(self, trials: Sequence[Trial]):
        self.trials = trials
        self.choosing: dict[str, list[float]] = {}
        self.training: dict[str, list[float]] = {}

    def count(self, finished: Finished) -> None:
        """Learns from a trial that is over."""
        name = finished.trial.contender.name
        if finished.kept:
            self.training.setdefault(name, []).append(finished.results[0].seconds)
        elif finished.results:
            self.training.setdefault(name, []).append(finished.training)
            if finished.choosing > 1e-2:  # otherwise the choice was made before
                self.choosing.setdefault(name, []).append(finished.choosing)

    def seconds(self, done: int) -> float | None:
        """Of the trials behind the first `done`; None before something that has seeds was trained.

        A contender not seen yet counts as the mean of those with seeds, since the others are quick.
        """
        seeded = {trial.contender.name for trial in self.trials if trial.contender.seeded}
        if not seeded & self.training.keys():
            return None
        left, chosen = 0.0, {_choice(trial) for trial in self.trials[:done]}
        for trial in self.trials[done:]:
            left += _expected(self.training, trial, seeded)
            if _choice(trial) not in chosen:
                left += _expected(self.choosing, trial, seeded)
                chosen.add(_choice(trial))
        return left

    def text(self, done: int) -> str:
        """As `seconds`, for people; empty where there is nothing to say."""
        left = self.seconds(done)
        if not left:
            return ""
        return f"about {left / 60:.0f} min left" if left >= 90 else f"about {left:.0f} s left"


def _choice(trial: Trial) -> tuple[int, str]:
    return id(trial.dataset), trial.contender.name


def _expected(taken: dict[str, list[float]], trial: Trial, seeded: set[str]) -> float:
    own = taken.get(trial.contender.name)
    if own is None:
        own = [seconds for name in seeded & taken.keys() for seconds in taken[name]]
    return sum(own) / len(own) if own else 0.0
