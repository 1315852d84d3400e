"""The slots of a structure: towers, branches, prediction and loss."""

from importlib.util import find_spec
from typing import Annotated, Any

from pydantic import BeforeValidator, ConfigDict, Field
from pydantic.dataclasses import dataclass

from models.choices import (
    Activation,
    Fusion,
    Input,
    LossKind,
    NegativeSampling,
    Normalization,
    PredictionKind,
    Targets,
)

STRICT = ConfigDict(extra="forbid")


def _check_positive(hidden_sizes: tuple[int, ...]) -> None:
    if any(size < 1 for size in hidden_sizes):
        raise ValueError(f"hidden_sizes should be positive. Received: {list(hidden_sizes)}.")


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
    """Fraction of the interactions dropped from the vector in training. Both sides of a model drop the same
    interactions."""

    def __post_init__(self) -> None:
        if self.input is Input.ID and self.hidden_sizes:
            raise ValueError(
                f'hidden_sizes = {list(self.hidden_sizes)} needs an interaction vector, but input = "id". '
                'Set input to "interactions" or "both", or leave hidden_sizes empty.'
            )
        _check_positive(self.hidden_sizes)
        if self.input is Input.ID and (
            self.normalization is not Normalization.NONE or self.interaction_dropout
        ):
            raise ValueError(
                f'normalization = "{self.normalization.value}" and interaction_dropout = '
                f'{self.interaction_dropout} need an interaction vector, but input = "id". Set input to '
                '"interactions" or "both", or leave them at "none" and 0.'
            )

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


def _fusion(value: Any) -> Any:
    if value in list(Fusion):
        return Fusion(value)
    module = value.rpartition(".")[0] if isinstance(value, str) else ""
    if not module:
        choices = ", ".join(f'"{choice.value}"' for choice in Fusion)
        raise ValueError(f"{value!r} should be {choices}, or the dotted name of a fusion of your own")
    try:
        found = find_spec(module)
    except ImportError:
        found = None
    if found is None:
        raise ValueError(
            f"{value!r} names a fusion in the module {module!r}, which is not on the Python path"
        )
    return value


@dataclass(frozen=True, config=STRICT)
class Branch:
    """A user tower, an item tower and the fusion of their representations.

    `hidden_sizes` are layers with `activation` behind the fusion; the last one is the joint vector (the MLP
    of CFNet and NeuMF).
    """

    user: Tower
    item: Tower
    fusion: Annotated[Fusion | str, BeforeValidator(_fusion)]
    """One of `Fusion`, or the dotted name of a subclass of `models.fusion.FusionLayer`."""
    temperature: float = Field(default=1.0, gt=0)
    """Multiplies the normalised product."""
    hidden_sizes: tuple[int, ...] = ()
    activation: Activation = Activation.RELU

    def __post_init__(self) -> None:
        _check_positive(self.hidden_sizes)
        products = (Fusion.PRODUCT, Fusion.NORMALIZED_PRODUCT)
        if self.fusion in products and self.user.width != self.item.width:
            raise ValueError(
                f'fusion = "{Fusion(self.fusion).value}" needs equal widths, but the user representation has '
                f"{self.user.width} units and the item representation {self.item.width}. "
                'Set both embedding_size alike, or use fusion "concat".'
            )
        if self.fusion != Fusion.NORMALIZED_PRODUCT and self.temperature != 1:
            raise ValueError(
                f'temperature = {self.temperature} needs fusion "normalized-product". Use it, or leave '
                "temperature at 1."
            )


@dataclass(frozen=True, config=STRICT)
class Prediction:
    """The layers between the joint vector and the score.

    `linear` sums the joint vector (a dot product behind fusion `product`), `learnt-linear` weighs it;
    `non-linear` is one learnt layer with a sigmoid (none behind a loss that ranks). `mlp` puts
    `hidden_sizes` with `activation` before that layer. `cnn` does so with convolutions of 2 x 2 cells,
    stride 2, over an outer product: `hidden_sizes` are their numbers of maps.
    """

    kind: PredictionKind
    hidden_sizes: tuple[int, ...] = ()
    activation: Activation = Activation.RELU

    def __post_init__(self) -> None:
        _check_positive(self.hidden_sizes)
        if (self.kind in (PredictionKind.MLP, PredictionKind.CNN)) != bool(self.hidden_sizes):
            raise ValueError(
                f'prediction kind = "{self.kind.value}" does not fit hidden_sizes = '
                f'{list(self.hidden_sizes)}: kinds "mlp" and "cnn" need at least one hidden layer, the '
                "others none."
            )

    @property
    def is_linear(self) -> bool:
        """Whether no non-linearity follows the joint vector."""
        return self.kind in (PredictionKind.LINEAR, PredictionKind.LEARNT_LINEAR)


@dataclass(frozen=True, config=STRICT)
class Loss:
    """What is minimised, and against which negatives.

    Implicit feedback has `negatives_per_positive` sampled negatives; `softmax` sets each positive against
    `sampled_items` items that all users of a step share, by default the whole catalogue. Explicit feedback
    learns from known values alone.
    """

    kind: LossKind
    negatives_per_positive: int = Field(default=4, ge=1)
    negative_sampling: NegativeSampling = NegativeSampling.UNIFORM
    sampled_items: int | None = Field(default=None, ge=1)
    targets: Targets = Targets.ALL
    """Which interactions are learnt; `dropped` needs an interaction_dropout."""

    def __post_init__(self) -> None:
        softmax = self.kind is LossKind.SOFTMAX
        if self.sampled_items is not None and not softmax:
            raise ValueError(
                f'sampled_items = {self.sampled_items} needs loss kind "softmax", but kind = '
                f'"{self.kind.value}". Use negatives_per_positive instead.'
            )
        if softmax and self.sampled_items is None and self.negative_sampling is NegativeSampling.POPULARITY:
            raise ValueError(
                'negative_sampling = "popularity" samples nothing in a softmax over all items. Set '
                'sampled_items, or use "uniform".'
            )

    @property
    def ranks(self) -> bool:
        """Whether scores are only compared with each other, so that they have no scale."""
        return self.kind in (LossKind.BPR, LossKind.SOFTMAX)
