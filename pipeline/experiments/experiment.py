"""Running trials one after another, each once."""

import functools
import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from pipeline.experiments.contender import Choice
from pipeline.experiments.data import Data
from pipeline.experiments.ledger import Ledger
from pipeline.experiments.results import Result
from pipeline.experiments.trial import Trial


class Finished(NamedTuple):
    """A trial that is done.

    Attributes:
        trial: which.
        results: its rows.
        kept: whether an earlier run had done it.
    """

    trial: Trial
    results: list[Result]
    kept: bool


class Experiment:
    """Does trials, each once, and keeps what came out.

    Args:
        trials: in the order in which they are done and reported.
        folder: of what is finished. Other experiments may use it too, also at the same time.
    """

    def __init__(self, trials: Sequence[Trial], folder: Path):
        self.trials = trials
        self.choices = Ledger(folder / "choices")
        self.models = Ledger(folder / "models")

    def run(self) -> Iterator[Finished]:
        """Does what is not finished yet, and yields every trial as it is done.

        The choice on the cut is made once for all seeds of the same data.
        """
        for trial in self.trials:
            what = {"data": _digest(trial.load()), "contender": trial.contender.description()}
            training = {**what, "dataset": trial.dataset, "seed": trial.seed}
            kept = self.models.has(training)
            results = self.models.get(training, functools.partial(self._results, trial, what))
            yield Finished(trial, [Result.from_json(values) for values in results], kept)

    def results(self) -> list[Result]:
        """All that is in the folder, also from other trials; of the same row the newest."""
        newest: dict[tuple[str, str, int, str], Result] = {}
        for model in self.models.values():
            for result in map(Result.from_json, model):
                newest[result.dataset, result.structure, result.seed, result.selected_by] = result
        order = {trial.contender.name: number for number, trial in enumerate(self.trials)}
        return sorted(newest.values(), key=lambda result: order.get(result.structure, -1))

    def _results(self, trial: Trial, what: dict[str, Any]) -> list[dict[str, Any]]:
        choice = Choice(*self.choices.get(what, lambda: list(trial.select())))
        return [result.to_json() for result in trial.results(choice)]


def _digest(data: Data) -> str:
    """Of everything that training and scoring see."""
    digest = hashlib.sha256()
    matrix, test = data.train.matrix, data.test
    arrays = [matrix.data, matrix.indices, matrix.indptr, *vars(test).values()]
    for array in [*arrays, *(value for name, value in vars(data).items() if name == "last_items")]:
        digest.update(array.tobytes())
    return digest.hexdigest()
