import dataclasses

import numpy as np
import pytest
from scipy import sparse

from models.errors import UserError
from models.interactions import Interactions
from pipeline.experiments.contender import Choice, Trained
from pipeline.experiments.dataset import Dataset
from pipeline.experiments.experiment import Experiment
from pipeline.experiments.loading import load
from pipeline.experiments.trial import Trial


class Counting:
    """A contender that ranks items by index, tells how often it was asked, and may be interrupted."""

    seeded = ranks_catalogue = True

    def __init__(self, name="counting", sign=1.0, interrupted_at=None, fails_at=None):
        self.name, self.sign, self.interrupted_at, self.fails_at = name, sign, interrupted_at, fails_at
        self.selected, self.trained = 0, []

    def description(self):
        return {"name": self.name, "sign": self.sign}

    def hyperparameters(self, choice):
        return {"sign": self.sign}

    def select(self, cut, feedback):
        self.selected += 1
        return Choice(0, 0, 0.5)

    def train(self, data, choice, seed):
        if seed == self.interrupted_at:
            raise KeyboardInterrupt
        if seed == self.fails_at:
            raise UserError("It diverged.")
        self.trained.append(seed)
        sign, items = self.sign, data.train.items

        class Scorer:
            def score(self, users):
                return np.tile(sign * np.arange(items), (len(users), 1))

        return Trained(Scorer(), [], 1.0)


@pytest.fixture
def tiny(deepcf_dir, tmp_path):
    return Dataset("tiny", lambda: load("tiny", deepcf_dir, tmp_path / "data"))


def trials(dataset, contender, seeds=3):
    return [Trial(dataset, contender, seed) for seed in range(1, seeds + 1)]


def test_an_interrupted_experiment_goes_on_where_it_was(tiny, tmp_path):
    first = Counting(interrupted_at=3)
    experiment = Experiment(trials(tiny, first), tmp_path)
    with pytest.raises(KeyboardInterrupt):
        list(experiment.run())
    assert [result.seed for result in experiment.results()] == [1, 2]

    second = Counting()
    experiment = Experiment(trials(tiny, second), tmp_path)
    assert [finished.kept for finished in experiment.run()] == [True, True, False]
    assert (first.selected, second.selected) == (1, 0)
    assert (first.trained, second.trained) == ([1, 2], [3])
    assert [result.seed for result in experiment.results()] == [1, 2, 3]


def test_settings_are_never_mixed(tiny, tmp_path):
    list(Experiment(trials(tiny, Counting(sign=1.0)), tmp_path).run())
    changed = Experiment(trials(tiny, Counting(sign=-1.0), seeds=1), tmp_path)
    assert changed.results() == []
    (finished,) = changed.run()
    assert not finished.kept
    assert [result.hyperparameters for result in changed.results()] == [{"sign": -1.0}]
    back = Experiment(trials(tiny, Counting(sign=1.0)), tmp_path)
    assert all(finished.kept for finished in back.run())
    assert [result.hyperparameters for result in back.results()] == [{"sign": 1.0}] * 3


def test_other_data_under_the_same_name_are_others(tiny, tmp_path):
    list(Experiment(trials(tiny, Counting()), tmp_path).run())
    longer = sparse.csr_matrix(tiny.data.train.matrix)
    longer.resize((longer.shape[0], longer.shape[1] + 1))
    other = Dataset("tiny", lambda: dataclasses.replace(tiny.data, train=Interactions(longer)))
    assert Experiment(trials(other, Counting()), tmp_path).results() == []


def test_rows_that_are_not_wanted_are_reported_if_they_are_finished(tiny, tmp_path):
    one, other = Counting("one"), Counting("other")
    work = trials(tiny, one, seeds=1) + trials(tiny, other, seeds=1)
    list(Experiment(work, tmp_path, rows=["other"]).run())
    assert (one.trained, other.trained) == ([], [1])
    experiment = Experiment(work, tmp_path, rows=["one"])
    list(experiment.run())
    assert [result.structure for result in experiment.results()] == ["one", "other"]


def test_a_trial_that_fails_keeps_no_other_from_being_done(tiny, tmp_path):
    experiment = Experiment(trials(tiny, Counting(fails_at=2)), tmp_path)
    assert [finished.failure for finished in experiment.run()] == ["", "It diverged.", ""]
    assert [result.seed for result in experiment.results()] == [1, 3]
