"""U-AutoRec and I-AutoRec are the autoencoders of Sedhain et al. (WWW 2015): the paper's equation 5.

The autoencoder and its gradients are worked out here by hand, on dense vectors and without TensorFlow.
"""

import dataclasses

import numpy as np
import pytest
from scipy import sparse

from models.interactions import Interactions
from models.presets import PRESETS
from models.recommender import Recommender
from models.scale import ValueScale
from tests.models.conftest import assert_alike, batch_of, gradients_of, score_matrix, shake, with_towers


def ratings() -> Interactions:
    """12 users, 9 items, values 1 … 5; user 3 and item 4 are not known at all."""
    random = np.random.default_rng(3)
    known = random.random([12, 9]) < 0.4
    known[3, :] = known[:, 4] = False
    values = random.integers(1, 6, known.shape).astype(np.float32)
    rows, columns = np.nonzero(known)
    return Interactions(sparse.csr_matrix((values[known], (rows, columns)), shape=known.shape))


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


@dataclasses.dataclass
class Autoencoder:
    """`h = sigmoid(x W + b)`, `x' = sigmoid(h V^T + c)`, with the squared error of the known cells.

    `V` is the table of the embedded side, each column times a weight of the prediction; `c` is the sum of the
    biases.

    Attributes:
        kernel, bias: W [columns, d] and b [d].
        table, weights: [columns, d] and [d].
        row_bias, column_bias: [rows] and [columns].
        intercept: of every cell.
    """

    kernel: np.ndarray
    bias: np.ndarray
    table: np.ndarray
    weights: np.ndarray
    row_bias: np.ndarray
    column_bias: np.ndarray
    intercept: float

    def encode(self, vectors):
        return sigmoid(vectors @ self.kernel + self.bias)

    def decode(self, hidden):
        biases = self.row_bias[:, None] + self.column_bias[None, :] + self.intercept
        return sigmoid(hidden @ (self.table * self.weights).T + biases)

    def loss(self, vectors, labels, known):
        return np.sum(known * (labels - self.decode(self.encode(vectors))) ** 2) / known.sum()

    def gradients(self, vectors, labels, known):
        """Of the loss, by the chain rule."""
        hidden = self.encode(vectors)
        decoded = self.decode(hidden)
        by_logit = known * 2 * (decoded - labels) * decoded * (1 - decoded) / known.sum()
        by_decoder = by_logit.T @ hidden
        by_encoder = by_logit @ (self.table * self.weights) * hidden * (1 - hidden)
        return {
            "kernel": vectors.T @ by_encoder,
            "bias": by_encoder.sum(axis=0),
            "table": by_decoder * self.weights,
            "weights": (by_decoder * self.table).sum(axis=0),
            "row_bias": by_logit.sum(axis=1),
            "column_bias": by_logit.sum(axis=0),
            "intercept": by_logit.sum(),
        }


@pytest.mark.parametrize("name", ["u-autorec", "i-autorec"])
def test_the_preset_is_the_autoencoder(name):
    interactions = ratings()
    scale = ValueScale.of_ratings(interactions.matrix.data)
    structure = with_towers(
        PRESETS[name], lambda tower: dataclasses.replace(tower, dropout=0.0, interaction_dropout=0.0)
    )
    model = shake(Recommender(structure, interactions, scale, biased=True))
    loss, gradients = gradients_of(model, batch_of(interactions))

    by_user = name == "u-autorec"
    encoded, embedded = (model.user_side, model.item_side)[:: 1 if by_user else -1]
    variables = {
        "kernel": encoded.representations[0].encoder.kernel,
        "bias": encoded.representations[0].encoder.bias,
        "table": embedded.representations[0].embedding.table,
        "weights": model.prediction.output_layer.kernel,
        "intercept": model.prediction.output_layer.bias,
        "column_bias": embedded.bias.table,
    }
    if not by_user:  # U-AutoRec has no bias per user, since it folds new users in
        variables["row_bias"] = encoded.bias.table
    weights = {key: variable.numpy().astype(np.float64).squeeze() for key, variable in variables.items()}
    mean = (interactions.matrix.data.mean() - 1) / 4  # as a label; its logit is the global bias
    weights["intercept"] = weights["intercept"] + np.log(mean / (1 - mean))

    values = interactions.matrix.toarray().astype(np.float64)
    values = values if by_user else values.T
    known = values > 0
    data = interactions.matrix.data.astype(np.float64)
    vectors = np.where(known, (values - data.mean()) / data.std(), 0)
    labels = (values - 1) / 4
    autoencoder = Autoencoder(**{"row_bias": np.zeros(len(values)), **weights})

    decoded = autoencoder.decode(autoencoder.encode(vectors))
    found = score_matrix(model)
    assert_alike(found if by_user else found.T, 1 + 4 * decoded)
    assert loss == pytest.approx(autoencoder.loss(vectors, labels, known), rel=1e-5)
    expected = autoencoder.gradients(vectors, labels, known)
    by_variable = {
        id(variable): gradient
        for variable, gradient in zip(model.trainable_variables, gradients, strict=True)
    }
    assert set(by_variable) == {id(variable) for variable in variables.values()}
    for key, variable in variables.items():
        assert_alike(by_variable[id(variable)].squeeze(), expected[key], key)
