"""Users and an item that are new in the eval split: unknown to the fit, learnt by the refit, and served."""

import numpy as np
import pytest
import tensorflow as tf

from models.examples import read_holdout, read_interactions
from models.export import export
from models.presets import PRESETS
from models.settings import ServingSettings, TrainSettings
from models.training import Trainer
from tests.models.conftest import planted, small
from tests.models.test_training import held_out
from tests.models.transforming import histories, index_of, transformed

# The group of user u7 and of item i7 is 7 % 2. The new item is touched by every other user of its group.
NEW_USERS, NEW_ITEM = [f"u{user}" for user in range(60, 64)], "i40"
TOUCHED_BY = [f"u{user}" for user in range(0, 60, 4)]
NOT_YET = [f"u{user}" for user in range(2, 60, 4)]
OTHER_GROUP = [f"u{user}" for user in range(1, 60, 2)]
SETTINGS = TrainSettings(epochs=20, patience=5, batch_size=256, learning_rate=0.02)


@pytest.fixture(scope="module")
def splits(tmp_path_factory):
    """Train and eval behind a real Transform that analyses both: (its output, train, eval)."""
    train, holdout = held_out(planted(per_user=16))
    ends = np.cumsum(holdout.lengths)[:-1]
    items, labels = np.split(holdout.item_indices, ends), np.split(holdout.labels, ends)
    lists = {
        f"u{user}": {f"i{item}": float(label) for item, label in zip(items[user], labels[user], strict=True)}
        for user in holdout.user_indices
    }
    for user in TOUCHED_BY:
        lists[user][NEW_ITEM] = 1.0
    for user in NEW_USERS:
        lists[user] = {f"i{item}": float(item % 2 == group_of(user)) for item in range(8)}
    folder = tmp_path_factory.mktemp("splits")
    transform = transformed(folder, "implicit", histories(train), lists, analyze=["train", "eval"])
    interactions = read_interactions([str(folder / "train.gz")], (64, 41))
    return transform, interactions, read_holdout([str(folder / "eval.gz")])


def group_of(name):
    return int(name[1:]) % 2


@pytest.mark.parametrize("preset", ["gmf", "autoncf"])
def test_what_is_new_in_eval_is_learnt_by_the_refit_and_served(preset, splits, tmp_path):
    transform, interactions, holdout = splits
    users, items = index_of(transform, "users"), index_of(transform, "items")
    assert not interactions.matrix[[users[user] for user in NEW_USERS]].nnz
    assert not interactions.matrix[:, [items[NEW_ITEM]]].nnz

    training = Trainer(small(PRESETS[preset]), SETTINGS, "implicit").train(interactions, holdout)
    assert training.eval_metrics["ndcg_at_10"] > 0.5  # .2 by chance: mostly one of 25 candidates
    export(training.model, training.known, transform, ServingSettings(), {}, str(tmp_path))
    signatures = tf.saved_model.load(str(tmp_path)).signatures

    # Of the 20 or 21 items of their group they have had four.
    answer = signatures["recommend"](user_id=tf.constant(NEW_USERS), k=tf.constant([12] * len(NEW_USERS)))
    for user, found in zip(NEW_USERS, answer["item_id"].numpy(), strict=True):
        assert {group_of(item.decode()) for item in found} == {group_of(user)}
        assert not {item.decode() for item in found} & {f"i{item}" for item in range(8)}

    def score(of):
        pairs = {"user_id": tf.constant(of), "item_id": tf.constant([NEW_ITEM] * len(of))}
        return signatures["score"](**pairs)["score"].numpy()

    assert np.greater.outer(score(NOT_YET), score(OTHER_GROUP)).mean() > 0.95  # 1 / 2 by chance
