"""What can be chosen in each slot of the framework."""

from enum import Enum


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
    """How a user's and an item's representations become one joint vector (for `outer-product`: a map)."""

    PRODUCT = "product"
    NORMALIZED_PRODUCT = "normalized-product"
    CONCAT = "concat"
    OUTER_PRODUCT = "outer-product"


class PredictionKind(str, Enum):
    """How the joint vector becomes a score."""

    LINEAR = "linear"
    LEARNT_LINEAR = "learnt-linear"
    NON_LINEAR = "non-linear"
    MLP = "mlp"
    CNN = "cnn"


class LossKind(str, Enum):
    """What training minimises."""

    MSE = "mse"
    BCE = "bce"
    NORMALIZED_BCE = "normalized-bce"
    BPR = "bpr"
    SOFTMAX = "softmax"


class NegativeSampling(str, Enum):
    """How likely an item is drawn as a negative: all alike, or by its number of interactions."""

    UNIFORM = "uniform"
    POPULARITY = "popularity"


class Targets(str, Enum):
    """Which interactions are learnt in a step: all, or only those dropped from the inputs."""

    ALL = "all"
    DROPPED = "dropped"
