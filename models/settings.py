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
    """Interactions per step, with the negatives sampled for each; the negatives of softmax are shared by the
    step and do not count."""
    optimizer: Literal["adamw", "adam", "sgd", "adagrad"] = "adamw"
    """`sgd` has momentum 0.9. `adam` with weight decay is `adamw`, since that of every optimiser is
    decoupled."""
    learning_rate: float = Field(default=1e-3, gt=0)
    """Of the first step; `schedule` says how it goes on."""
    schedule: Literal["constant", "cosine", "exponential"] = "constant"
    """How the learning rate falls until the end of `epochs`: not at all, to 0 along half a cosine, or to a
    hundredth by the same factor at each step."""
    weight_decay: float = Field(default=0.0, ge=0)
    """Decoupled from the gradient: each step takes this fraction of every weight, times the learning rate,
    off it."""
    mixed_precision: bool = False
    """Train with bfloat16 in the dense layers; the exported model computes in float32."""
    refit: bool = True
    """Train again on train + eval for the number of epochs that the eval split chose."""
    warm_start: bool = False
    """Begin with the weights of the served model, as far as it has the same structure, users and items, and
    keep this model's weights beside it for the next one. A model trained without keeps none, so the one after
    it starts cold."""
    seed: int = Field(default=1, ge=0)
    """Of initial weights, order, negatives and dropout."""


class ServingSettings(BaseModel):
    """What is built into the served model."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    max_k: int = Field(default=100, ge=1)
    """The longest list of recommendations that can be asked for."""
    rerank: int | None = Field(default=None, ge=1)
    """How many items the branches that are dot products pick for the whole model to rank; None ranks all."""
