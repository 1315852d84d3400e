"""The structure of a model: one choice for every slot of the framework."""

from enum import Enum
from typing import Any

from pydantic import ConfigDict, Field, TypeAdapter
from pydantic.dataclasses import dataclass

STRICT = ConfigDict(extra="forbid")


class Input(str, Enum):
    """What a user or an item is known by."""

    ID = "id"
    INTERACTIONS = "interactions"
    BOTH = "both"


class Activation(str, Enum):
    """Non-linearity behind a layer; `linear` is none."""

    LINEAR = "linear"
    RELU = "relu"
    SIGMOID = "sigmoid"
    TANH = "tanh"


class Normalization(str, Enum):
    """How an interaction vector is scaled before its first layer.

    `l2` divides by the vector's length; `degree` is the vector's row of `D^-1/2 R D^-1/2`.
    """

    NONE = "none"
    L2 = "l2"
    DEGREE = "degree"


class Fusion(str, Enum):
    """How a user's and an item's representations become one joint vector."""

    PRODUCT = "product"
    NORMALIZED_PRODUCT = "normalized-product"
    CONCAT = "concat"


class PredictionKind(str, Enum):
    """How the joint vector becomes a score."""

    LINEAR = "linear"
    NON_LINEAR = "non-linear"
    MLP = "mlp"


class LossKind(str, Enum):
    """What training minimises."""

    MSE = "mse"
    BCE = "bce"


@dataclass(frozen=True, config=STRICT)
class Tower:
    """Input and representation of one side.

    An id is looked up in an embedding table. An interaction vector goes through `hidden_sizes` and then
    `embedding_size`, each a dense layer followed by `activation`; without hidden layers and with activation
    `linear` that is the linear representation. `both` concatenates the two and is twice as wide.
    """

    input: Input
    embedding_size: int = Field(default=64, ge=1)
    hidden_sizes: tuple[int, ...] = ()
    activation: Activation = Activation.RELU
    normalization: Normalization = Normalization.NONE
    dropout: float = Field(default=0.0, ge=0, lt=1)
    """Fraction of the representation's units dropped in training."""
    interaction_dropout: float = Field(default=0.0, ge=0, lt=1)
    """Fraction of the interactions dropped from the vector in training, the rest scaled up."""

    def __post_init__(self) -> None:
        if self.input is Input.ID and self.hidden_sizes:
            raise ValueError(
                f'hidden_sizes = {list(self.hidden_sizes)} needs an interaction vector, but input = "id". '
                'Set input to "interactions" or "both", or leave hidden_sizes empty.'
            )
        if any(size < 1 for size in self.hidden_sizes):
            raise ValueError(f"hidden_sizes should be positive. Received: {list(self.hidden_sizes)}.")

    @property
    def takes_interactions(self) -> bool:
        """Whether the interaction vector is an input."""
        return self.input is not Input.ID

    @property
    def takes_id(self) -> bool:
        """Whether the id is an input."""
        return self.input is not Input.INTERACTIONS

    @property
    def width(self) -> int:
        """Size of the representation."""
        return self.embedding_size * (2 if self.input is Input.BOTH else 1)


@dataclass(frozen=True, config=STRICT)
class Branch:
    """A user tower, an item tower and the fusion of their representations."""

    user: Tower
    item: Tower
    fusion: Fusion

    def __post_init__(self) -> None:
        if self.fusion is not Fusion.CONCAT and self.user.width != self.item.width:
            raise ValueError(
                f'fusion = "{self.fusion.value}" needs equal widths, but the user representation has '
                f"{self.user.width} units and the item representation {self.item.width}. "
                'Set both embedding_size alike, or use fusion "concat".'
            )


@dataclass(frozen=True, config=STRICT)
class Prediction:
    """The layers between the joint vector and the score.

    `linear` sums the joint vector (a dot product behind fusion `product`); `non-linear` is one learnt layer
    with a sigmoid; `mlp` puts `hidden_sizes` with `activation` in front of that layer.
    """

    kind: PredictionKind
    hidden_sizes: tuple[int, ...] = ()
    activation: Activation = Activation.RELU

    def __post_init__(self) -> None:
        if (self.kind is PredictionKind.MLP) != bool(self.hidden_sizes):
            raise ValueError(
                f'prediction kind = "{self.kind.value}" does not fit hidden_sizes = '
                f'{list(self.hidden_sizes)}: kind "mlp" needs at least one hidden layer, the others none.'
            )


@dataclass(frozen=True, config=STRICT)
class Loss:
    """What is minimised, and over how many sampled negatives.

    `negatives_per_positive` counts for implicit feedback; explicit feedback learns from known values alone.
    """

    kind: LossKind
    negatives_per_positive: int = Field(default=4, ge=1)


@dataclass(frozen=True, config=STRICT)
class Structure:
    """One choice for every slot of the framework (paper, Figure 1).

    Several branches have their joint vectors concatenated before the prediction (CFNet, NeuMF).

    Raises:
        ValueError: if the slots do not fit each other, naming both and what would fit.
    """

    branches: tuple[Branch, ...]
    prediction: Prediction
    loss: Loss

    def __post_init__(self) -> None:
        if not self.branches:
            raise ValueError("branches is empty: a structure has at least one branch.")
        fusions = {branch.fusion for branch in self.branches}
        kind = self.prediction.kind
        only_sums = kind is PredictionKind.NON_LINEAR and fusions == {Fusion.CONCAT}
        if only_sums or (kind is PredictionKind.LINEAR and Fusion.CONCAT in fusions):
            raise ValueError(
                f'fusion = "concat" with prediction kind = "{kind.value}" lets user and item not interact at '
                'all. Use prediction "mlp", or fusion "product".'
            )
        if self.prediction.kind is PredictionKind.LINEAR and self.loss.kind is LossKind.BCE:
            raise ValueError(
                'loss = "bce" needs scores between 0 and 1, but prediction kind = "linear" is unbounded. '
                'Use prediction "non-linear" or "mlp", or loss "mse".'
            )

    @property
    def user_towers(self) -> tuple[Tower, ...]:
        """The user side of each branch."""
        return tuple(branch.user for branch in self.branches)

    @property
    def item_towers(self) -> tuple[Tower, ...]:
        """The item side of each branch."""
        return tuple(branch.item for branch in self.branches)

    @property
    def folds_in(self) -> bool:
        """Whether a new user can be represented by a history alone: no branch needs the user's id."""
        return not any(tower.takes_id for tower in self.user_towers)

    def to_dict(self) -> dict[str, Any]:
        """Plain values, as they stand in a YAML file."""
        return TypeAdapter(Structure).dump_python(self, mode="json")

    @staticmethod
    def from_dict(values: dict[str, Any]) -> "Structure":
        """The inverse of `to_dict`.

        Raises:
            pydantic.ValidationError: with the path of each wrong value.
        """
        return TypeAdapter(Structure).validate_python(values)
