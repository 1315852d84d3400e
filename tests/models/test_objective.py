import numpy as np
import pytest
import tensorflow as tf
from scipy import sparse

from models.interactions import Interactions
from models.presets import PRESETS
from models.recommender import Recommender
from models.scale import ValueScale
from models.slots import Branch, Loss, Prediction, Tower
from models.structure import Structure
from tests.models.conftest import batch_of, planted, shake
from tests.models.splitmix import coins_of_all

ID = Tower("id", embedding_size=4)
HALF = Tower("interactions", embedding_size=4, activation="linear", interaction_dropout=0.5)
NEGATIVES = [[3, 2], [2, 3], [0, 3], [3, 0], [1, 3]]  # of the five known cells of `interactions`


def make(interactions, loss, sides=(ID, ID), prediction="linear", seed=1):
    structure = Structure((Branch(*sides, "product"),), Prediction(prediction), loss)
    return shake(Recommender(structure, interactions, ValueScale(), biased=False, seed=seed))


def logits_of(model):
    users, items = (
        tf.range(count, dtype=tf.int64) for count in (model.user_vectors.rows, model.item_vectors.rows)
    )
    return model.logits_of_all(model.represent_users(users), model.represent_items(items)).numpy()


def sigmoid(logits):
    return 1 / (1 + np.exp(-logits))


@pytest.mark.parametrize("kind", ["mse", "bce", "bpr"])
def test_loss_is_that_of_each_interaction_and_its_own_negatives(interactions, kind):
    interactions = interactions.binarized()
    model = make(interactions, Loss(kind), prediction="non-linear")
    logits = logits_of(model)
    users, items, _ = interactions.pairs()
    positive = logits[users, items][:, None]
    negative = logits[users[:, None], NEGATIVES]
    expected = {
        "mse": np.append((1 - sigmoid(positive)) ** 2, sigmoid(negative) ** 2),
        "bce": -np.log(np.append(sigmoid(positive), 1 - sigmoid(negative))),
        "bpr": -np.log(sigmoid(positive - negative)),
    }[kind]
    found = model.compute_loss(batch_of(interactions, NEGATIVES), training=True).numpy()
    assert found == pytest.approx(expected.mean(), rel=1e-5)


def full_softmax(model, interactions):
    """`-log(exp s / (exp s + sum over the user's unknown items))` of each known cell, float64 [nnz]."""
    logits = logits_of(model)
    users, items, _ = interactions.pairs()
    unknown = np.where(interactions.matrix.toarray() == 0, np.exp(logits), 0).sum(axis=1)
    positive = np.exp(logits[users, items])
    return -np.log(positive / (positive + unknown[users]))


def test_softmax_is_over_the_positive_and_all_unknown_items(interactions):
    matrix = interactions.matrix.toarray()
    matrix[2] = 1.0  # user 2 knows everything, and has nothing left to learn
    interactions = Interactions(sparse.csr_matrix(matrix))
    model = make(interactions, Loss("softmax"))
    expected = full_softmax(model, interactions)
    assert expected[-4:].tolist() == [0, 0, 0, 0]
    found = model.compute_loss(batch_of(interactions), training=True).numpy()
    assert found == pytest.approx(expected.mean(), rel=1e-5)


@pytest.mark.parametrize("sampling", ["uniform", "popularity"])
def test_sampled_items_estimate_the_sum_over_all_items(sampling):
    # The last item is touched about five times as often as the first; none is untouched, and never drawn.
    matrix = planted(40, 12, 3).matrix.tolil()
    for item in range(12):
        matrix[: item + 2, item] = 1.0
    interactions = Interactions(matrix.tocsr())
    model = make(interactions, Loss("softmax", sampled_items=5, negative_sampling=sampling))
    last = interactions.matrix.nnz - 1  # one interaction, whose loss is softplus(log of the sum - logit)
    batch = {name: values[last:] for name, values in batch_of(interactions).items()}

    def sum_over_logit(seed):
        return tf.math.expm1(model.compute_loss({**batch, "seed": seed[tf.newaxis]}, training=True))

    draw = tf.function(
        lambda seeds: tf.map_fn(sum_over_logit, seeds, fn_output_signature=tf.float32), autograph=False
    )
    sums = draw(tf.range(2000, dtype=tf.int64)).numpy()
    expected = np.expm1(full_softmax(model, interactions)[last])
    standard_error = sums.std() / np.sqrt(len(sums))
    assert sums.mean() == pytest.approx(expected, abs=3 * standard_error)
    assert 0 < standard_error < 0.03 * expected


@pytest.mark.parametrize("targets", ["all", "dropped"])
def test_targets_are_learnt_from_vectors_without_what_was_dropped(interactions, targets):
    interactions, seed = interactions.binarized(), 12
    model = make(interactions, Loss("mse", targets=targets), (HALF, ID))
    found = model.compute_loss(batch_of(interactions, NEGATIVES, seed), training=True).numpy()

    known = interactions.matrix.toarray()
    kept = coins_of_all(3, 4, seed) >= 0.5
    users, items, _ = interactions.pairs()
    learnt = ~kept[users, items] if targets == "dropped" else np.ones(5, bool)
    assert 0 < (~kept[users, items]).sum() < 5
    encoder = model.user_side.representations[0].encoder
    user = (known * kept / 0.5) @ encoder.kernel.numpy() + encoder.bias.numpy()
    logits = user @ model.item_side.representations[0].embedding.table.numpy().T
    positive, negative = logits[users, items], logits[users[:, None], NEGATIVES]
    expected = np.append((1 - positive[learnt]) ** 2, negative[learnt] ** 2).mean()
    assert found == pytest.approx(expected, rel=1e-4)


def test_nothing_is_dropped_outside_training(interactions):
    interactions = interactions.binarized()
    model = make(interactions, Loss("mse", targets="dropped"), (HALF, ID))
    logits = logits_of(model)
    users, items, _ = interactions.pairs()
    errors = np.append((1 - logits[users, items]) ** 2, logits[users[:, None], NEGATIVES] ** 2)
    found = model.compute_loss(batch_of(interactions, NEGATIVES)).numpy()
    assert found == pytest.approx(errors.mean(), rel=1e-4)


def test_each_user_and_item_is_represented_once(interactions, monkeypatch):
    model = make(interactions, Loss("mse"))
    seen = []
    for side in (model.user_side, model.item_side):
        begin = side.begin
        monkeypatch.setattr(
            side, "begin", lambda index, begin=begin, **rest: seen.append(index) or begin(index, **rest)
        )
    model.compute_loss(batch_of(interactions, NEGATIVES), training=True)
    assert [sorted(index.numpy().tolist()) for index in seen] == [[0, 1, 2], [0, 1, 2, 3]]


def test_the_seed_of_a_batch_decides_what_dropout_and_sampling_draw(interactions):
    loss = Loss("softmax", sampled_items=2, targets="dropped")
    model = make(interactions, loss, (HALF, HALF))
    batches = [batch_of(interactions, seed=seed) for seed in (3, 3, 4, 5)]
    first, again, *others = (model.compute_loss(batch, training=True).numpy() for batch in batches)
    assert first == again
    assert first not in others


@pytest.mark.parametrize("name", ["mf", "oncf", "dmf", "autoncf"])
def test_an_empty_share_of_a_batch_has_loss_zero(interactions, name):
    model = shake(Recommender(PRESETS[name], interactions, ValueScale(), biased=False))
    batch = {name: values[:0] for name, values in batch_of(interactions, NEGATIVES).items()}
    with tf.GradientTape() as tape:
        loss = model.compute_loss(batch, training=True)
    assert loss.numpy() == 0
    for gradient in tape.gradient(loss, model.trainable_variables):
        assert not tf.convert_to_tensor(gradient).numpy().any()


def test_a_batch_of_which_nothing_was_dropped_teaches_nothing(interactions):
    model = shake(Recommender(PRESETS["autoncf"], interactions, ValueScale(), biased=False))
    users, items, _ = interactions.pairs()
    keeping = (seed for seed in range(1000) if (coins_of_all(3, 4, seed)[users, items] >= 0.5).all())
    batch = batch_of(interactions, seed=next(keeping))
    assert model.compute_loss(batch, training=True).numpy() == 0
