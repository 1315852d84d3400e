"""Running trials one after another, each once."""

import time
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from models.errors import UserError
from pipeline.experiments.contender import Choice
from pipeline.experiments.ledger import Ledger
from pipeline.experiments.results import Result
from pipeline.experiments.trial import Trial


class Finished(NamedTuple):
    """A trial that is over.

    Attributes:
        trial: which.
        results: its rows; none of a trial that failed.
        failure: why it failed, in a sentence; empty otherwise.
        kept: whether an earlier run had done it.
        choosing: seconds of the choice, 0 where it was made before.
        training: seconds of training and scoring.
    """

    trial: Trial
    results: list[Result]
    failure: str = ""
    kept: bool = False
    choosing: float = 0.0
    training: float = 0.0


class Experiment:
    """Does trials, each once, and keeps what came out.

    Args:
        trials: all that may be reported, in their order.
        folder: of what is finished. Other processes may use it at the same time.
        rows: the names of the contenders whose trials are to be done; all if None.
    """

    def __init__(self, trials: Sequence[Trial], folder: Path, rows: Collection[str] | None = None):
        self.trials = trials
        self.work = [trial for trial in trials if rows is None or trial.contender.name in rows]
        self._choices = Ledger(folder / "choices")
        self._models = Ledger(folder / "models")
        self._done: dict[str, list[Result]] = {}

    def run(self) -> Iterator[Finished]:
        """Does what is not finished yet, and yields every trial as it is over.

        The choice on the cut is made once for all seeds of the same data. A trial that fails keeps no other
        from being done.
        """
        for trial in self.work:
            if self._models.has(trial.description):
                yield Finished(trial, self._kept(trial), kept=True)
                continue
            start = time.monotonic()
            try:
                choice = self._choice(trial)
                chosen = time.monotonic()
                results = self._train(trial, choice)
            except UserError as error:
                yield Finished(trial, [], failure=str(error))
                continue
            training = time.monotonic() - chosen
            yield Finished(trial, results, choosing=chosen - start, training=training)

    def results(self) -> list[Result]:
        """Of every trial that is finished, also those that an earlier run has done."""
        return [
            result
            for trial in self.trials
            if trial.name in self._done or self._models.has(trial.description)
            for result in self._kept(trial)
        ]

    def _choice(self, trial: Trial) -> Choice:
        return Choice(*self._choices.get(trial.choice_description, lambda: list(trial.select())))

    def _train(self, trial: Trial, choice: Choice) -> list[Result]:
        self._models.get(trial.description, lambda: [result.to_json() for result in trial.results(choice)])
        return self._kept(trial)

    def _kept(self, trial: Trial) -> list[Result]:
        """The results of a finished trial, read once."""
        if trial.name not in self._done:
            values = self._models.read(trial.description)
            self._done[trial.name] = [Result.from_json(each) for each in values]
        return self._done[trial.name]
