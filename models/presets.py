"""The structures of the paper's Table I, by name.

The table prints its last two rows the other way round than the paper's own section V and the AutoRec paper
(Sedhain et al., WWW 2015). Here, as there, U-AutoRec encodes the *user's* interaction vector and embeds the
item's id; I-AutoRec encodes the *item's* vector and embeds the user's id.
"""

from models.structure import (
    Activation,
    Branch,
    Fusion,
    Input,
    Loss,
    LossKind,
    Prediction,
    PredictionKind,
    Structure,
    Tower,
)

MF = Structure(
    branches=(Branch(user=Tower(Input.ID), item=Tower(Input.ID), fusion=Fusion.PRODUCT),),
    prediction=Prediction(PredictionKind.LINEAR),
    loss=Loss(LossKind.MSE),
)

CFNET_RL = Structure(
    branches=(
        Branch(
            user=Tower(
                Input.INTERACTIONS, hidden_sizes=(512,), activation=Activation.TANH, interaction_dropout=0.5
            ),
            item=Tower(
                Input.INTERACTIONS, hidden_sizes=(1024,), activation=Activation.TANH, interaction_dropout=0.5
            ),
            fusion=Fusion.PRODUCT,
        ),
    ),
    prediction=Prediction(PredictionKind.NON_LINEAR),
    loss=Loss(LossKind.BCE),
)

U_AUTOREC = Structure(
    branches=(
        Branch(
            user=Tower(
                Input.INTERACTIONS,
                embedding_size=256,
                activation=Activation.SIGMOID,
                dropout=0.5,
                interaction_dropout=0.3,
            ),
            item=Tower(Input.ID, embedding_size=256, dropout=0.5),
            fusion=Fusion.PRODUCT,
        ),
    ),
    prediction=Prediction(PredictionKind.NON_LINEAR),
    loss=Loss(LossKind.MSE),
)

I_AUTOREC = Structure(
    branches=(
        Branch(
            user=Tower(Input.ID, embedding_size=256, dropout=0.5),
            item=Tower(
                Input.INTERACTIONS,
                embedding_size=256,
                activation=Activation.SIGMOID,
                dropout=0.5,
                interaction_dropout=0.3,
            ),
            fusion=Fusion.PRODUCT,
        ),
    ),
    prediction=Prediction(PredictionKind.NON_LINEAR),
    loss=Loss(LossKind.MSE),
)

PRESETS = {"mf": MF, "cfnet-rl": CFNET_RL, "u-autorec": U_AUTOREC, "i-autorec": I_AUTOREC}
