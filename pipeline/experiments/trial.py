"""One contender on one dataset: from the choice on the cut to the rows of the results."""

import dataclasses
from typing import Any

import numpy as np

from pipeline.experiments.catalogue_ranking import catalogue_metrics
from pipeline.experiments.contender import Choice, Contender, Trained
from pipeline.experiments.cut import cut
from pipeline.experiments.data import RankingData
from pipeline.experiments.dataset import Dataset
from pipeline.experiments.evaluation import candidate_scores, metrics_on_test
from pipeline.experiments.protocols import user_ndcgs
from pipeline.experiments.results import Result, SelectedBy


@dataclasses.dataclass(frozen=True)
class Trial:
    """A contender on a dataset with a seed.

    Attributes:
        dataset: the data.
        contender: the row.
        seed: of the training.
    """

    dataset: Dataset
    contender: Contender
    seed: int

    @property
    def name(self) -> str:
        """As a person would call it."""
        return f"{self.dataset.name} {self.contender.name} seed {self.seed}"

    @property
    def choice_description(self) -> dict[str, Any]:
        """All that the choice depends on, as JSON values; alike for all seeds of the same data."""
        return {"data": self.dataset.digest, "contender": self.contender.description()}

    @property
    def description(self) -> dict[str, Any]:
        """All that the results depend on, as JSON values."""
        return {**self.choice_description, "dataset": self.dataset.name, "seed": self.seed}

    def select(self) -> Choice:
        """Tries the contender's variants on the cut."""
        data = self.dataset.data
        return self.contender.select(cut(data), data.feedback)

    def results(self, choice: Choice) -> list[Result]:
        """Trains the chosen variant on all train rows, and scores the test rows.

        Returns:
            The result of the chosen epochs, and for what has epochs that of those best on test (by HR@10
            under raw, as DeepCF has it, or by RMSE).
        """
        data = self.dataset.data
        trained = self.contender.train(data, choice, self.seed)
        if not trained.epoch_scores:
            scores = candidate_scores(trained.scorer, data.test)
            return [self._selected_by_validation(choice, trained, scores)]
        chosen = trained.epoch_scores[choice.epochs - 1]
        return [
            self._selected_by_validation(choice, trained, chosen),
            self._selected_by_test(choice, trained),
        ]

    def _selected_by_validation(self, choice: Choice, trained: Trained, scores: np.ndarray) -> Result:
        data = self.dataset.data
        metrics, ndcgs = metrics_on_test(data, scores), None
        if isinstance(data, RankingData):
            ndcgs = user_ndcgs(data, scores)
            if self.contender.ranks_catalogue:
                metrics |= catalogue_metrics(data, trained.scorer)
        return self._result("validation", metrics, trained, choice, ndcgs)

    def _selected_by_test(self, choice: Choice, trained: Trained) -> Result:
        metrics = [metrics_on_test(self.dataset.data, scores) for scores in trained.epoch_scores]
        values = [-one["rmse"] if "rmse" in one else one["raw_hr_at_10"] for one in metrics]
        best = int(np.argmax(values))
        return self._result("test", metrics[best], trained, choice._replace(epochs=best + 1))

    def _result(
        self,
        selected_by: SelectedBy,
        metrics: dict[str, float],
        trained: Trained,
        choice: Choice,
        ndcgs: np.ndarray | None = None,
    ) -> Result:
        return Result(
            self.dataset.name,
            self.contender.name,
            self.seed,
            selected_by,
            metrics,
            trained.seconds,
            self.contender.hyperparameters(choice),
            ndcgs,
        )
