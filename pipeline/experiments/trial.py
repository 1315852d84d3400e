"""One contender on one dataset: from the choice on the cut to the rows of the results."""

import dataclasses
from collections.abc import Callable

import numpy as np

from pipeline.experiments.catalogue_ranking import catalogue_metrics
from pipeline.experiments.contender import Choice, Contender, Trained
from pipeline.experiments.cut import cut
from pipeline.experiments.data import Data, RankingData
from pipeline.experiments.evaluation import candidate_scores, metrics_on_test
from pipeline.experiments.protocols import user_ndcgs
from pipeline.experiments.results import Result


@dataclasses.dataclass(frozen=True)
class Trial:
    """A contender on a dataset with a seed.

    Attributes:
        dataset: name of the data.
        load: gives the data; the same object again for the same dataset.
        contender: the row.
        seed: of the training.
    """

    dataset: str
    load: Callable[[], Data]
    contender: Contender
    seed: int

    def select(self) -> Choice:
        """Tries the contender's variants on the cut."""
        data = self.load()
        return self.contender.select(cut(data), data.feedback)

    def results(self, choice: Choice) -> list[Result]:
        """Trains the chosen variant on all train rows, and scores the test rows.

        Returns:
            The result of the chosen epochs, and for what has epochs that of those best on test (by HR@10
            under raw, as DeepCF has it, or by RMSE).
        """
        data = self.load()
        trained = self.contender.train(data, choice, self.seed)
        results = [self._selected_by_validation(data, choice, trained)]
        if trained.epoch_scores:
            results.append(self._selected_by_test(data, choice, trained))
        return results

    def _selected_by_validation(self, data: Data, choice: Choice, trained: Trained) -> Result:
        scores = trained.epoch_scores[choice.epochs - 1] if trained.epoch_scores else None
        if scores is None:
            scores = candidate_scores(trained.scorer, data.test)
        metrics, ndcgs = metrics_on_test(data, scores), None
        if isinstance(data, RankingData):
            count = self.contender.full_ranking_users(len(data.test.lengths))
            lists = np.sort(np.random.default_rng(1).permutation(len(data.test.lengths))[:count])
            metrics |= catalogue_metrics(data, trained.scorer, lists)
            ndcgs = user_ndcgs(data, scores)
        return Result(
            self.dataset,
            self.contender.name,
            self.seed,
            "validation",
            metrics,
            trained.seconds,
            self.contender.hyperparameters(choice),
            ndcgs,
        )

    def _selected_by_test(self, data: Data, choice: Choice, trained: Trained) -> Result:
        metrics = [metrics_on_test(data, scores) for scores in trained.epoch_scores]
        values = [-one["rmse"] if "rmse" in one else one["raw_hr_at_10"] for one in metrics]
        best = int(np.argmax(values))
        return Result(
            self.dataset,
            self.contender.name,
            self.seed,
            "test",
            metrics[best],
            trained.seconds,
            self.contender.hyperparameters(choice._replace(epochs=best + 1)),
        )
