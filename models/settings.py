"""What the Trainer can be told."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

Feedback = Literal["explicit", "implicit"]


class TrainSettings(BaseModel):
    """How a structure is trained."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    epochs: int = Field(default=50, ge=1)
    """Upper bound; training stops earlier when the eval split stops improving."""
    patience: int = Field(default=4, ge=1)
    """How many epochs without a better eval metric end the training."""
    batch_size: int = Field(default=4096, ge=1)
    """Pairs (positives and negatives together) per step."""
    learning_rate: float = Field(default=1e-3, gt=0)
    """Of AdamW."""
    weight_decay: float = Field(default=0.0, ge=0)
    """Of AdamW, decoupled from the gradient."""
    refit: bool = True
    """Train again on train + eval for the number of epochs that the eval split chose."""
    seed: int = Field(default=1, ge=0)
    """Of initial weights, order, negatives and dropout."""
