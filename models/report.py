"""What the Trainer reports beside the model."""

from typing import Any

from pydantic import BaseModel, ConfigDict

TRAINING_REPORT = "training.json"
"""Name of the report in the ModelRun artifact."""


class TrainingReport(BaseModel):
    """How a model came to be."""

    model_config = ConfigDict(extra="forbid", frozen=True, ser_json_inf_nan="constants")

    structure: dict[str, Any]
    """Every slot, as in a configuration."""
    train: dict[str, Any]
    """The settings that were in force, as in a configuration."""
    epochs: int
    """How many were best on the eval split, and were spent on the model."""
    eval_metrics: dict[str, float]
    """On the eval split, of the model that had not seen it."""
    history: list[dict[str, float]]
    """Loss and eval metrics of every epoch of the fit."""
    seconds: float
    """Of fit and refit together."""
    carried_over: dict[str, int] | None = None
    """How many `users` and `items` began with the champion's weights; None where everything began anew."""
    cold_start: str | None = None
    """Why everything began anew although train.warm_start is on; a sentence."""
    no_reranking: str | None = None
    """Why `serving.rerank` was left out; a sentence."""
