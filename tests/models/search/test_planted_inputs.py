"""The search tells data apart in which interaction vectors must win from data in which ids must."""

from pathlib import Path

import keras_tuner
import numpy as np
import pytest
from scipy import sparse

from models.holdout import Holdout
from models.interactions import Interactions
from models.presets import PRESETS
from models.search.messages import TrialData
from models.search.oracle import StructureOracle
from models.search.results import SEARCH_REPORT, SearchReport
from models.search.space import SearchSpace
from models.search.tuner import StructureTuner
from models.settings import Feedback, TrainSettings
from tests.models.search.planted_files import write_data

INPUTS = {"user_input": ["id", "interactions"], "item_input": ["id", "interactions"]}
ALIKE = {
    "user_hidden_sizes": ["none"],
    "item_hidden_sizes": ["none"],
    "activation": ["linear"],
    "interaction_dropout": [0.0],
    "targets": ["all"],
    "masking": ["false"],
    "embedding_size": [16],
    "dropout": [0.0],
    "fusion": ["product"],
    "second_branch": ["none"],
    "prediction": ["linear"],
    "optimizer": ["adamw"],
    "learning_rate": [0.01],
    "weight_decay": [0.0],
    "batch_size": [1024],
}
"""The four structures of a search differ in their inputs alone."""


def small_groups(users: int = 600, items: int = 300, groups: int = 30) -> tuple[Interactions, Holdout]:
    """Everybody touched three items of one of thirty groups of ten, and one of them is held out.

    Two interactions say little about an id; but a user's vector has the same weights as those of all others
    who touched the same items.
    """
    random = np.random.default_rng(1)
    known, lists = [], []
    for user in range(users):
        own = np.flatnonzero(np.arange(items) % groups == random.integers(groups))
        touched = random.choice(own, 3, replace=False)
        negatives = random.choice(np.setdiff1d(np.arange(items), touched), 30, replace=False)
        known += [(user, item, 1.0) for item in touched[:2]]
        lists.append((user, [touched[2], *negatives], [1.0] + [0.0] * 30))
    return _data(known, lists, (users, items))


def personal_levels(users: int = 300, items: int = 1500) -> tuple[Interactions, Holdout]:
    """Everybody has a level of their own, and rates twelve items by it; three of them are held out.

    An id learns its level. In a vector the rating to be learnt stands itself, and the weights of items that
    two or three people rated learn nothing else.
    """
    random = np.random.default_rng(1)
    known, lists = [], []
    for user, level in enumerate(random.uniform(1.5, 4.5, users)):
        rated = random.choice(items, 12, replace=False)
        ratings = np.clip(level + random.normal(0, 0.2, 12), 1, 5)
        known += [(user, item, rating) for item, rating in zip(rated[:9], ratings[:9], strict=True)]
        lists.append((user, rated[9:], ratings[9:]))
    return _data(known, lists, (users, items))


def _data(known: list, lists: list, shape: tuple[int, int]) -> tuple[Interactions, Holdout]:
    users, items, values = (np.array(column) for column in zip(*known, strict=True))
    matrix = sparse.csr_matrix((values.astype(np.float32), (users, items)), shape=shape)
    matrix.sort_indices()
    holdout = Holdout(
        np.array([user for user, _, _ in lists]),
        np.array([len(items) for _, items, _ in lists]),
        np.concatenate([items for _, items, _ in lists]).astype(np.int64),
        np.concatenate([labels for _, _, labels in lists]).astype(np.float32),
    )
    return Interactions(matrix), holdout


def search(folder: Path, data: TrialData, epochs: int, **own: list) -> SearchReport:
    train = TrainSettings(epochs=epochs)
    space = SearchSpace(data.feedback, PRESETS["dmf"], train, data.items, {**ALIKE, **INPUTS, **own})
    objective = keras_tuner.Objective(data.objective, "max" if data.higher_is_better else "min")
    oracle = StructureOracle(space, objective, max_trials=10, max_epochs=epochs, seed=1)
    StructureTuner(oracle, space, data, None, 2, str(folder), "search").search()
    return SearchReport.model_validate_json((folder / "search" / SEARCH_REPORT).read_text())


@pytest.mark.slow
@pytest.mark.parametrize(
    ("world", "feedback", "own", "winner"),
    [
        (small_groups, "implicit", {"loss": ["softmax"], "normalization": ["l2"]}, "interactions"),
        (personal_levels, "explicit", {"loss": ["mse"], "normalization": ["none"]}, "id"),
    ],
)
def test_the_inputs_that_must_win_do(tmp_path, world, feedback: Feedback, own, winner):
    report = search(tmp_path, write_data(tmp_path, *world(), feedback), 40, **own)
    inputs = [(trial.values["user_input"], trial.values["item_input"]) for trial in report.ranked]
    assert len(report.trials) == 4
    assert report.ended_by == "space"
    assert inputs[0] == (winner, winner)
    other = "id" if winner == "interactions" else "interactions"
    values = {
        (trial.values["user_input"], trial.values["item_input"]): trial.value for trial in report.trials
    }
    assert abs(values[winner, winner] - values[other, other]) > 0.1
