import numpy as np
import pytest

from pipeline.experiments.contender import Choice, Trained
from pipeline.experiments.experiment import Experiment
from pipeline.experiments.loading import load
from pipeline.experiments.trial import Trial


class Counting:
    """A contender that ranks items by index, tells how often it was asked, and may be interrupted."""

    seeded = True

    def __init__(self, name="counting", sign=1.0, interrupted_at=None):
        self.name, self.sign, self.interrupted_at = name, sign, interrupted_at
        self.selected, self.trained = 0, []

    def description(self):
        return {"name": self.name, "sign": self.sign}

    def full_ranking_users(self, users):
        return users

    def hyperparameters(self, choice):
        return {"sign": self.sign}

    def select(self, cut, feedback):
        self.selected += 1
        return Choice(0, 0, 0.5)

    def train(self, data, choice, seed):
        if seed == self.interrupted_at:
            raise KeyboardInterrupt
        self.trained.append(seed)
        sign, items = self.sign, data.train.items

        class Scorer:
            def score(self, users):
                return np.tile(sign * np.arange(items), (len(users), 1))

        return Trained(Scorer(), [], 1.0)


@pytest.fixture
def tiny(deepcf_dir, tmp_path):
    data = load("tiny", deepcf_dir, tmp_path / "data")
    return lambda: data


def trials(data, contender, seeds=3):
    return [Trial("tiny", data, contender, seed) for seed in range(1, seeds + 1)]


def test_an_interrupted_experiment_goes_on_where_it_was(tiny, tmp_path):
    first = Counting(interrupted_at=3)
    experiment = Experiment(trials(tiny, first), tmp_path)
    with pytest.raises(KeyboardInterrupt):
        list(experiment.run())
    assert [result.seed for result in experiment.results()] == [1, 2]

    second = Counting()
    finished = list(Experiment(trials(tiny, second), tmp_path).run())
    assert [one.kept for one in finished] == [True, True, False]
    assert (first.selected, second.selected) == (1, 0)
    assert (first.trained, second.trained) == ([1, 2], [3])


def test_other_settings_are_another_model_and_the_newest_counts(tiny, tmp_path):
    list(Experiment(trials(tiny, Counting(sign=1.0), seeds=1), tmp_path).run())
    changed = Experiment(trials(tiny, Counting(sign=-1.0), seeds=1), tmp_path)
    (finished,) = changed.run()
    assert not finished.kept
    assert [result.hyperparameters for result in changed.results()] == [{"sign": -1.0}]


def test_results_of_others_in_the_folder_are_reported_too(tiny, tmp_path):
    list(Experiment(trials(tiny, Counting("one"), seeds=1), tmp_path).run())
    experiment = Experiment(trials(tiny, Counting("other"), seeds=1), tmp_path)
    list(experiment.run())
    assert {result.structure for result in experiment.results()} == {"one", "other"}
