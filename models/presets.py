"""The structures of the paper's Table I, by name, and the training that suits each.

The table prints its last two rows the other way round than the paper's own section V and the AutoRec paper
(Sedhain et al., WWW 2015). Here, as there, U-AutoRec encodes the *user's* interaction vector and embeds the
item's id; I-AutoRec encodes the *item's* vector and embeds the user's id.
"""

from typing import Any

from models.choices import Activation, Fusion, Input, LossKind, Normalization, PredictionKind, Targets
from models.slots import Branch, Loss, Prediction, Tower
from models.structure import Structure

_EMBEDDING = Tower(Input.ID)
_MLP_SIZES = (256, 128, 64)

MF = Structure(
    branches=(Branch(_EMBEDDING, _EMBEDDING, Fusion.PRODUCT),),
    prediction=Prediction(PredictionKind.LINEAR),
    loss=Loss(LossKind.MSE),
)

GMF = Structure(
    branches=(Branch(_EMBEDDING, _EMBEDDING, Fusion.PRODUCT),),
    prediction=Prediction(PredictionKind.NON_LINEAR),
    loss=Loss(LossKind.MSE),
)

MLP = Structure(
    branches=(Branch(_EMBEDDING, _EMBEDDING, Fusion.CONCAT),),
    prediction=Prediction(PredictionKind.MLP, hidden_sizes=(64, 32, 16)),
    loss=Loss(LossKind.MSE),
)

_CFNET_RL_BRANCH = Branch(
    user=Tower(Input.INTERACTIONS, hidden_sizes=(512,), activation=Activation.TANH, interaction_dropout=0.5),
    item=Tower(Input.INTERACTIONS, hidden_sizes=(1024,), activation=Activation.TANH, interaction_dropout=0.5),
    fusion=Fusion.PRODUCT,
)
_LINEAR = Tower(Input.INTERACTIONS, embedding_size=256, activation=Activation.LINEAR, interaction_dropout=0.5)

CFNET_RL = Structure(
    branches=(_CFNET_RL_BRANCH,),
    prediction=Prediction(PredictionKind.NON_LINEAR),
    loss=Loss(LossKind.BCE),
)

CFNET_ML = Structure(
    branches=(Branch(_LINEAR, _LINEAR, Fusion.CONCAT),),
    prediction=Prediction(PredictionKind.MLP, hidden_sizes=_MLP_SIZES),
    loss=Loss(LossKind.BCE),
)

CFNET = Structure(
    branches=(_CFNET_RL_BRANCH, Branch(_LINEAR, _LINEAR, Fusion.CONCAT, hidden_sizes=_MLP_SIZES)),
    prediction=Prediction(PredictionKind.NON_LINEAR),
    loss=Loss(LossKind.BCE),
)
"""CFNet (Deng et al., AAAI 2019) at the widths of its authors."""

NEUMF = Structure(
    branches=(
        Branch(_EMBEDDING, _EMBEDDING, Fusion.PRODUCT),
        Branch(_EMBEDDING, _EMBEDDING, Fusion.CONCAT, hidden_sizes=(64, 32, 16)),
    ),
    prediction=Prediction(PredictionKind.NON_LINEAR),
    loss=Loss(LossKind.BCE),
)
"""NeuMF (He et al., WWW 2017)."""

DMF = Structure(
    branches=(
        Branch(
            user=Tower(Input.INTERACTIONS, hidden_sizes=(512,)),
            item=Tower(Input.INTERACTIONS, hidden_sizes=(1024,)),
            fusion=Fusion.NORMALIZED_PRODUCT,
        ),
    ),
    prediction=Prediction(PredictionKind.LINEAR),
    loss=Loss(LossKind.NORMALIZED_BCE, negatives_per_positive=7),
)
"""DMF (Xue et al., IJCAI 2017)."""

ONCF = Structure(
    branches=(Branch(_EMBEDDING, _EMBEDDING, Fusion.OUTER_PRODUCT),),
    prediction=Prediction(PredictionKind.CNN, hidden_sizes=(32,) * 6),
    loss=Loss(LossKind.BPR, negatives_per_positive=1),
)
"""ONCF (He et al., IJCAI 2018): six convolutions bring a map of 64 x 64 down to one cell."""

_AUTOENCODER_EMBEDDING = Tower(Input.ID, embedding_size=256, dropout=0.5)
_AUTOENCODER = Tower(
    Input.INTERACTIONS,
    embedding_size=256,
    activation=Activation.SIGMOID,
    dropout=0.5,
    interaction_dropout=0.3,
)

U_AUTOREC = Structure(
    branches=(Branch(_AUTOENCODER, _AUTOENCODER_EMBEDDING, Fusion.PRODUCT),),
    prediction=Prediction(PredictionKind.NON_LINEAR),
    loss=Loss(LossKind.MSE),
)

I_AUTOREC = Structure(
    branches=(Branch(_AUTOENCODER_EMBEDDING, _AUTOENCODER, Fusion.PRODUCT),),
    prediction=Prediction(PredictionKind.NON_LINEAR),
    loss=Loss(LossKind.MSE),
)

OURS_DOT = Structure(
    branches=(_CFNET_RL_BRANCH,),
    prediction=Prediction(PredictionKind.LINEAR),
    loss=Loss(LossKind.MSE),
)
"""The paper's own model with a dot product."""

OURS_MLP = Structure(
    branches=(Branch(_CFNET_RL_BRANCH.user, _CFNET_RL_BRANCH.item, Fusion.CONCAT),),
    prediction=Prediction(PredictionKind.MLP, hidden_sizes=(64, 32)),
    loss=Loss(LossKind.MSE),
)
"""The paper's own model with an MLP."""


def _denoising(normalization: Normalization, drop_rate: float) -> Tower:
    return Tower(
        Input.INTERACTIONS,
        embedding_size=128,
        activation=Activation.LINEAR,
        normalization=normalization,
        interaction_dropout=drop_rate,
    )


_HALF_BY_DEGREE = _denoising(Normalization.DEGREE, 0.5)
_BY_DEGREE, _BY_LENGTH = _denoising(Normalization.DEGREE, 0.7), _denoising(Normalization.L2, 0.7)

AUTONCF = Structure(
    branches=(Branch(_HALF_BY_DEGREE, _HALF_BY_DEGREE, Fusion.NORMALIZED_PRODUCT, temperature=7.0),),
    prediction=Prediction(PredictionKind.LINEAR),
    loss=Loss(LossKind.SOFTMAX, targets=Targets.DROPPED),
)
"""Ours: half of the interactions are dropped from both sides' vectors, and the model ranks them among all."""

AUTONCF_VIEWS = Structure(
    branches=(
        Branch(_BY_DEGREE, _BY_DEGREE, Fusion.NORMALIZED_PRODUCT, temperature=3.5),
        Branch(_BY_LENGTH, _BY_LENGTH, Fusion.NORMALIZED_PRODUCT, temperature=3.5),
    ),
    prediction=Prediction(PredictionKind.LINEAR),
    loss=Loss(LossKind.SOFTMAX, targets=Targets.DROPPED),
)
"""Ours with more dropped, and a second view in which popular items weigh as much as others: half as fast, and
better on every set that we tried."""

PRESETS = {
    "mf": MF,
    "gmf": GMF,
    "mlp": MLP,
    "cfnet-rl": CFNET_RL,
    "cfnet-ml": CFNET_ML,
    "dmf": DMF,
    "oncf": ONCF,
    "u-autorec": U_AUTOREC,
    "i-autorec": I_AUTOREC,
    "cfnet": CFNET,
    "neumf": NEUMF,
    "ours-dot": OURS_DOT,
    "ours-mlp": OURS_MLP,
    "autoncf": AUTONCF,
    "autoncf-views": AUTONCF_VIEWS,
}

_DENOISING_TRAINING = {"learning_rate": 0.005, "weight_decay": 1e-3, "patience": 8}

PRESET_TRAINING: dict[str, dict[str, Any]] = {
    "cfnet": {"batch_size": 16384},
    "oncf": {"batch_size": 1024},
    "autoncf": _DENOISING_TRAINING,
    "autoncf-views": _DENOISING_TRAINING,
}
"""Settings of `TrainSettings` that suit a preset; a configuration may change them."""
