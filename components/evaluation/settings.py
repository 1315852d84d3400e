"""What a model must reach before it may serve."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

Feedback = Literal["explicit", "implicit"]


def metric_names(feedback: Feedback, top_k: int) -> tuple[str, ...]:
    """Names of the metrics that are computed: the ranking ones for implicit feedback, `rmse` for explicit."""
    return ("rmse",) if feedback == "explicit" else (f"hr_at_{top_k}", f"ndcg_at_{top_k}")


LOSS_SUFFIX = "_loss"
"""Ends the name of a metric that tells how much worse than the champion a challenger is in another metric."""


def compared_metric(feedback: Feedback, top_k: int) -> str:
    """Name of the metric in which a challenger may not be worse than the champion."""
    return "rmse" if feedback == "explicit" else f"ndcg_at_{top_k}"


class Bounds(BaseModel):
    """The range a metric has to lie in, both ends included; at least one end is given."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    lower_bound: float | None = Field(default=None, allow_inf_nan=False)
    upper_bound: float | None = Field(default=None, allow_inf_nan=False)

    @model_validator(mode="after")
    def _describe_a_range(self) -> Bounds:
        if self.lower_bound is None and self.upper_bound is None:
            raise ValueError("a threshold needs lower_bound, upper_bound or both")
        if None not in (self.lower_bound, self.upper_bound) and self.lower_bound > self.upper_bound:  # type: ignore[operator]
            raise ValueError(f"lower_bound {self.lower_bound} is above upper_bound {self.upper_bound}")
        return self


class EvaluationSettings(BaseModel):
    """Metrics, what a model has to reach in them, and the groups of users they are shown for."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    top_k: int = Field(default=10, ge=1)
    """How many items of the ranking count in the hit rate and NDCG."""

    thresholds: Mapping[str, Bounds] = {}
    """Range per metric name (`hr_at_10`, `ndcg_at_10`, `rmse`) that a model has to reach over all users."""

    max_regression: float = Field(default=0.0, ge=0, allow_inf_nan=False)
    """How much worse than the champion a challenger may be in NDCG (implicit) or RMSE (explicit), over all
    users and in every group: it is refused where it is worse by more than this beyond chance."""

    confidence: float = Field(default=0.99, ge=0.5, lt=1)
    """How sure a comparison is before it refuses a challenger, by a bootstrap over users. A challenger that
    is exactly as good is refused by one comparison with a probability of 1 - confidence; there is one over
    all users and one in every group, eleven or so, so by any of them with at most eleven times that."""

    slice_features: tuple[str, ...] = ("user_activity", "item_popularity")
    """Features whose every value is a group with metrics of its own, in which the challenger is compared with
    the champion too; `thresholds` are about all users alone."""
