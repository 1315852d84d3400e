"""Where less of the objective is better."""

import keras_tuner
import pytest
from keras_tuner.engine.trial import Trial

from models.presets import PRESETS
from models.search.budget import Budget
from models.search.messages import Epoch, TrialData
from models.search.progress_log import ProgressLog
from models.search.running_trial import RunningTrial
from models.search.space import SearchSpace
from models.settings import TrainSettings

DATA = TrialData(("train",), ("eval",), users=3, items=4, feedback="explicit", top_k=10)
RMSE = (1.5, 0.9, 0.9, 1.1)


@pytest.fixture
def space():
    return SearchSpace("explicit", PRESETS["mf"], TrainSettings(), DATA.items)


@pytest.fixture
def running(space):
    parameters = keras_tuner.HyperParameters()
    [(_, parameters.values), *_] = space.starting_points()
    running = RunningTrial(Trial(parameters), number=7, origin="from 3")
    running.begin()
    for number, value in enumerate(RMSE, start=1):
        running.take(Epoch(number, value, seconds=2.0 * number, last=number == 4))
    return running


def test_the_first_of_the_lowest_epochs_counts(running, space):
    result = running.result("finished", None, 8.5, space, DATA.higher_is_better)
    assert (result.value, result.best_epoch, result.epochs, result.curve) == (0.9, 2, 4, RMSE)
    assert (result.number, result.origin, result.seconds) == (7, "from 3", 8.5)
    assert result.structure == PRESETS["mf"].to_dict()
    assert result.train == space.tuned(result.values)
    assert (result.train["optimizer"], result.train["learning_rate"]) == ("adamw", 1e-3)


def test_what_failed_counts_without_its_epochs(running, space):
    result = running.result("failed", "It was killed.", 8.5, space, DATA.higher_is_better)
    assert (result.value, result.best_epoch, result.epochs) == (None, 0, 4)


def test_the_lowest_value_of_all_is_told(running, space, caplog):
    caplog.set_level("INFO", logger="models.search.tuner")
    log, budget = ProgressLog(20, DATA), Budget(minutes=3.0, workers=1)
    log.begun(running)
    result = running.result("finished", None, 8.5, space, DATA.higher_is_better)
    log.ended(result, budget)
    log.ended(result.model_copy(update={"number": 8, "value": 0.95, "origin": "random"}), budget)
    assert caplog.messages == [
        "Trial 7 (from 3): rmse 0.9000 in epoch 2 of 4, 8.5 s, finished; best 0.9000 (from 3)",
        "Trial 8 (random): rmse 0.9500 in epoch 2 of 4, 8.5 s, finished; best 0.9000 (from 3)",
    ]
    progress = caplog.records[-1].progress
    assert (progress.trial, progress.trials, progress.ended, progress.limit_seconds) == (8, 20, 2, 180.0)
    assert (progress.objective, progress.best_value, progress.best_origin) == ("rmse", 0.9, "from 3")
