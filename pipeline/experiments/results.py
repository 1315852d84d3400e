"""One trained model's figures."""

import dataclasses
from typing import Any, Literal

import numpy as np

SelectedBy = Literal["validation", "test"]


@dataclasses.dataclass(frozen=True)
class Result:
    """A row of `results.csv`.

    Attributes:
        dataset: its name; of rating data with the split (`ml-100k-90`: 90 % train).
        structure: name of the structure, of the baseline, or of the point in the grid of a figure.
        seed: of everything random in the training; for rating data of the split too.
        selected_by: what chose the epochs: "validation", or "test" as the paper and DeepCF do.
        metrics: by the names of the columns: `raw_hr_at_10`, `raw_ndcg_at_10`, `cold_last_hr_at_10`,
            `cold_last_ndcg_at_10`, `clean_hr_at_10`, `clean_ndcg_at_10`, and of those selected by validation
            `full_hr_at_10`, `full_ndcg_at_10`, `full_recall_at_50`, `coverage_at_10`, `novelty_at_10`; or
            `rmse`.
        seconds: of the training.
        hyperparameters: what was chosen, `epochs` among it.
        user_ndcgs: float [users], NDCG@10 under cold-last of every test list; None where there is none.
    """

    dataset: str
    structure: str
    seed: int
    selected_by: SelectedBy
    metrics: dict[str, float]
    seconds: float
    hyperparameters: dict[str, Any]
    user_ndcgs: np.ndarray | None = None

    def to_json(self) -> dict[str, Any]:
        """As JSON values."""
        ndcgs = None if self.user_ndcgs is None else [round(float(ndcg), 6) for ndcg in self.user_ndcgs]
        return {**vars(self), "user_ndcgs": ndcgs}

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> "Result":
        """The inverse of `to_json`."""
        ndcgs = values["user_ndcgs"]
        return cls(**{**values, "user_ndcgs": None if ndcgs is None else np.array(ndcgs)})
