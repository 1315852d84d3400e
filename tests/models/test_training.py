import dataclasses

import numpy as np
import pytest
import tensorflow as tf

from models.errors import UserError
from models.holdout import Holdout
from models.presets import MF
from models.settings import TrainSettings
from models.training import Trainer
from tests.models.conftest import planted

SETTINGS = TrainSettings(epochs=30, patience=5, batch_size=512, learning_rate=1e-2)


def held_out(interactions, lists=60, seed=1):
    """Takes one interaction of each user away, to be ranked among the user's unknown items."""
    random = np.random.default_rng(seed)
    matrix = interactions.matrix.tolil(copy=True)
    items, labels, lengths = [], [], []
    for user in range(lists):
        known = interactions.matrix[user].indices
        positive = random.choice(known)
        matrix[user, positive] = 0
        negatives = np.setdiff1d(np.arange(interactions.items), known)
        items += [positive, *negatives]
        labels += [1.0] + [0.0] * len(negatives)
        lengths.append(1 + len(negatives))
    rest = type(interactions)(matrix.tocsr())
    return rest, Holdout(np.arange(lists), np.array(lengths), np.array(items), np.float32(labels))


@pytest.fixture(scope="module")
def data():
    return held_out(planted())


def test_ratings_are_learnt_beyond_their_mean():
    random = np.random.default_rng(0)
    ratings = planted(per_user=18)
    users, items, _ = ratings.pairs()
    values = np.where((users // 2 + items // 2) % 2 == 0, 5.0, 1.0) + random.normal(0, 0.1, len(users))
    ratings.matrix.data[:] = np.clip(values, 0.5, 5)
    chosen = random.random(len(users)) < 0.1
    matrix = ratings.matrix.copy()
    held = Holdout(
        np.arange(ratings.users),
        np.bincount(users[chosen], minlength=ratings.users),
        items[chosen],
        ratings.matrix.data[chosen],
    )
    matrix.data[chosen] = 0
    matrix.eliminate_zeros()
    training = Trainer(MF, SETTINGS, "explicit").train(dataclasses.replace(ratings, matrix=matrix), held)
    assert training.eval_metrics["rmse"] < 0.5 * held.labels.std()


def test_without_refit_the_best_epoch_is_kept(data):
    interactions, holdout = data
    settings = SETTINGS.model_copy(update={"refit": False, "learning_rate": 0.05})
    training = Trainer(MF, settings, "implicit").train(interactions, holdout)
    assert holdout.evaluate(training.model, "implicit", 10) == pytest.approx(training.eval_metrics)
    best = max(epoch["eval_ndcg_at_10"] for epoch in training.history)
    assert training.eval_metrics["ndcg_at_10"] == best
    assert training.history[training.epochs - 1]["eval_ndcg_at_10"] == best


def test_the_refit_has_learnt_the_held_out_interactions(data):
    interactions, holdout = data
    training = Trainer(MF, SETTINGS, "implicit").train(interactions, holdout)
    assert training.model.user_vectors.values.shape[0] == interactions.matrix.nnz + len(holdout.lengths)


@pytest.mark.parametrize("refit", [True, False])
def test_fit_and_refit_begin_where_they_are_told(data, refit):
    started = []

    def start(model):
        started.append(model)
        for variable in model.trainable_variables:
            variable.assign(tf.fill(variable.shape, 0.25))

    interactions, holdout = data
    settings = SETTINGS.model_copy(update={"refit": refit, "learning_rate": 1e-12, "epochs": 1})
    training = Trainer(MF, settings, "implicit", start=start).train(interactions, holdout)
    assert len(started) == 1 + refit
    assert training.model is started[-1]
    for variable in training.model.trainable_variables:
        np.testing.assert_allclose(variable, 0.25, atol=1e-6)


def test_the_weights_of_the_fit_are_those_of_the_best_epoch(data):
    interactions, holdout = data
    settings = SETTINGS.model_copy(update={"refit": False, "learning_rate": 0.05})
    training = Trainer(MF, settings, "implicit").train(interactions, holdout)
    assert training.epochs < len(training.history)
    table = training.fit_weights["item_side/representations/0/embedding/table"]
    np.testing.assert_array_equal(
        training.model.represent_items(tf.range(interactions.items, dtype=tf.int64)), table
    )
    refitted = Trainer(MF, settings.model_copy(update={"refit": True}), "implicit").train(*data)
    for name, value in refitted.fit_weights.items():
        np.testing.assert_allclose(value, training.fit_weights[name], rtol=1e-5, atol=1e-6)


def test_patience_ends_the_training(data):
    settings = SETTINGS.model_copy(update={"epochs": 200, "patience": 2, "refit": False})
    training = Trainer(MF, settings, "implicit").train(*data)
    assert len(training.history) == training.epochs + 2 < 200


def test_without_held_out_lists_all_epochs_are_run(data):
    settings = SETTINGS.model_copy(update={"epochs": 6, "patience": 2})
    nothing = np.empty(0, np.int64)
    holdout = Holdout(nothing, nothing, nothing, np.empty(0, np.float32))
    training = Trainer(MF, settings, "implicit").train(data[0], holdout)
    assert training.epochs == len(training.history) == 6
    assert training.history[-1]["loss"] < training.history[0]["loss"]


def test_every_epoch_of_fit_and_refit_is_told(data, caplog):
    settings = SETTINGS.model_copy(update={"patience": 1, "learning_rate": 0.05})
    with caplog.at_level("INFO", logger="models.training"):
        training = Trainer(MF, settings, "implicit").train(*data)
    best, last = training.epochs, len(training.history)
    assert best + 1 == last < settings.epochs  # so that the refit has fewer epochs than the fit
    told = [record.progress for record in caplog.records if hasattr(record, "progress")]
    assert [(progress.phase, progress.epoch, progress.epochs) for progress in told] == [
        *(("fit", epoch, settings.epochs) for epoch in range(1, last + 1)),
        *(("refit", epoch, best) for epoch in range(1, best + 1)),
    ]
    assert told[0].metrics == pytest.approx(training.history[0])
    assert told[0].metrics.keys() == {"loss", "eval_hr_at_10", "eval_ndcg_at_10"}
    assert told[-1].metrics.keys() == {"loss"}


def test_tensorboard_has_both_phases(data, tmp_path):
    settings = SETTINGS.model_copy(update={"epochs": 1})
    Trainer(MF, settings, "implicit", log_dir=str(tmp_path)).train(*data)
    assert {folder.name for folder in tmp_path.iterdir()} == {"fit", "refit"}


def test_nothing_to_learn_from_is_said(data):
    interactions, holdout = data
    empty = type(interactions)(interactions.matrix * 0)
    empty.matrix.eliminate_zeros()
    with pytest.raises(UserError, match="no interaction to train on"):
        Trainer(MF, SETTINGS, "implicit").train(empty, holdout)


def test_divergence_is_said(data):
    settings = SETTINGS.model_copy(update={"learning_rate": 1e20})
    with pytest.raises(UserError, match="Training diverged"):
        Trainer(MF, settings, "implicit").train(*data)
