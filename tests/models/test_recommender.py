import numpy as np
import pytest
import tensorflow as tf

from models.choices import Activation, Fusion, Input
from models.presets import MF, PRESETS
from models.recommender import Recommender
from models.scale import ValueScale
from models.slots import Branch, Loss, Prediction, Tower
from models.structure import Structure

ID = Tower(Input.ID, embedding_size=3)
NEUMF = Structure(
    (Branch(ID, ID, Fusion.PRODUCT), Branch(ID, ID, Fusion.CONCAT)),
    Prediction("mlp", hidden_sizes=(4,)),
    Loss("bce"),
)
DMF_LIKE = Structure(
    (
        Branch(
            Tower(Input.INTERACTIONS, embedding_size=3, activation=Activation.LINEAR),
            Tower(Input.INTERACTIONS, embedding_size=3, activation=Activation.LINEAR),
            Fusion.NORMALIZED_PRODUCT,
        ),
    ),
    Prediction("linear"),
    Loss("mse"),
)
USERS, ITEMS = tf.range(3, dtype=tf.int64), tf.range(4, dtype=tf.int64)


def shaken(structure, interactions, biased):
    """A model whose weights are all far from their initial ones."""
    scale = ValueScale.of_ratings(interactions.matrix.data) if biased else ValueScale()
    model = Recommender(structure, interactions, scale, biased)
    model.scores(model.represent_users(USERS), tf.gather(model.represent_items(ITEMS), [0, 1, 2]))
    for number, variable in enumerate(model.trainable_variables):
        variable.assign(tf.random.stateless_normal(variable.shape, seed=[number, 1]) / 3)
    return model


def test_mf_is_the_dot_product(interactions):
    model = shaken(MF, interactions, biased=False)
    user, item = model.represent_users(USERS), model.represent_items(ITEMS)
    expected = model.user_layers[0].embedding.table.numpy() @ model.item_layers[0].embedding.table.numpy().T
    np.testing.assert_allclose(model.scores_of_all(user, item), expected, rtol=1e-5)


def test_explicit_mf_adds_mean_and_biases(interactions):
    model = shaken(MF, interactions, biased=True)
    dot = model.user_layers[0].embedding.table.numpy() @ model.item_layers[0].embedding.table.numpy().T
    unit = dot + model.user_bias.table.numpy() + model.item_bias.table.numpy().T + 0.5  # mean 3 of 1 … 5
    found = model.scores_of_all(model.represent_users(USERS), model.represent_items(ITEMS))
    np.testing.assert_allclose(found, 1 + 4 * unit, rtol=1e-5)


def test_normalised_product_scores_the_cosine(interactions):
    model = shaken(DMF_LIKE, interactions, biased=False)
    user, item = model.represent_users(USERS).numpy(), model.represent_items(ITEMS).numpy()
    lengths = np.linalg.norm(user, axis=1)[:, None] * np.linalg.norm(item, axis=1)[None]
    np.testing.assert_allclose(model.scores_of_all(user, item), user @ item.T / lengths, rtol=1e-4)


@pytest.mark.parametrize("biased", [False, True])
@pytest.mark.parametrize("structure", [*PRESETS.values(), NEUMF, DMF_LIKE], ids=[*PRESETS, "neumf", "dmf"])
def test_scores_of_all_are_the_scores_of_pairs(interactions, structure, biased):
    model = shaken(structure, interactions, biased)
    user, item = model.represent_users(USERS), model.represent_items(ITEMS)
    everything = model.scores_of_all(user, item).numpy()
    assert everything.shape == (3, 4)
    for u in range(3):
        for i in range(4):
            one = model.scores(user[u : u + 1], item[i : i + 1]).numpy()[0]
            assert everything[u, i] == pytest.approx(one, rel=1e-4, abs=1e-5)


def test_loss_represents_each_user_and_item_once_and_takes_the_mean(interactions):
    model = shaken(MF, interactions, biased=False)
    batch = {
        "user_index": tf.constant([0, 0, 2], tf.int64),
        "item_index": tf.constant([1, 3, 1], tf.int64),
        "label": tf.constant([1.0, 0.0, 1.0]),
    }
    scores = model.scores_of_all(model.represent_users(USERS), model.represent_items(ITEMS)).numpy()
    expected = ((scores[0, 1] - 1) ** 2 + scores[0, 3] ** 2 + (scores[2, 1] - 1) ** 2) / 3
    assert model.compute_loss(batch).numpy() == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("name", ["cfnet-rl", "u-autorec"])
def test_a_known_history_folds_in_to_the_known_user(interactions, name):
    model = shaken(PRESETS[name], interactions, biased=True)
    history = model.user_vectors.from_cells(
        tf.constant([0, 0], tf.int64),
        tf.constant([1, 2], tf.int64),
        tf.constant([1.0, 4.0]),
        tf.constant(1, tf.int64),
    )
    folded_in = model.represent_users(tf.constant([99], tf.int64), history)
    np.testing.assert_allclose(folded_in, model.represent_users(USERS)[1:2], rtol=1e-5)
