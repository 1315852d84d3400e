"""What is drawn from a search space trains."""

import random

import numpy as np
import pytest

from models.presets import PRESETS
from models.search.space import SearchSpace
from models.settings import TrainSettings
from models.training import Trainer
from tests.models.conftest import planted
from tests.models.search.drawing import draw
from tests.models.test_training import held_out


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("feedback", ["implicit", "explicit"])
def test_what_is_drawn_trains(feedback, seed):
    train = TrainSettings(epochs=1, refit=False)
    space = SearchSpace(feedback, PRESETS["mf"], train, 100_000)
    values = draw(space, random.Random(seed).choice)
    interactions, holdout = held_out(planted(users=20, items=12, per_user=4), lists=20)
    if feedback == "explicit":
        interactions.matrix.data[::2] = 3.0
    training = Trainer(space.structure(values), space.settings(values), feedback).train(interactions, holdout)
    metric = "ndcg_at_10" if feedback == "implicit" else "rmse"
    assert np.isfinite(training.eval_metrics[metric])
    assert np.isfinite(training.history[0]["loss"])
