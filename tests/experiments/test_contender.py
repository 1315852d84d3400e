import numpy as np
import pytest

from models.errors import UserError
from models.interactions import Interactions
from models.presets import MF
from models.settings import TrainSettings
from models.training import Trainer
from pipeline.experiments.baseline_contender import BaselineContender
from pipeline.experiments.contender import Choice
from pipeline.experiments.cut import cut
from pipeline.experiments.data import RankingData
from pipeline.experiments.dataset import Dataset
from pipeline.experiments.evaluation import candidate_scores
from pipeline.experiments.structure_contender import StructureContender, Variant
from pipeline.experiments.trial import Trial
from tests.models.conftest import planted
from tests.models.test_training import held_out

SETTINGS = TrainSettings(epochs=12, patience=3, batch_size=512, learning_rate=1e-2)


@pytest.fixture(scope="module")
def data():
    train, test = held_out(planted())
    last = np.array([row.indices[-1] if row.nnz else -1 for row in train.matrix])
    return RankingData("planted", train.binarized(), last, test)


class Constant:
    """Ranks items by index, upwards or downwards, whoever asks."""

    def __init__(self, train: Interactions, seed: int, sign: float = 1.0):
        self.scores = sign * np.arange(train.items)

    def score(self, users):
        return np.tile(self.scores, (len(users), 1))


def test_scores_of_candidates_are_those_of_their_users_lists(data):
    scores = candidate_scores(Constant(data.train, 1), data.test)
    assert scores.tolist() == data.test.item_indices.tolist()


def test_a_baseline_is_chosen_on_the_cut(data):
    part = cut(data)
    last = part.validation.item_indices[part.validation.labels > 0]
    sign = 1.0 if last.mean() > data.train.items / 2 else -1.0  # which way the held-out items lie
    contender = BaselineContender("constant", Constant, ({"sign": -sign}, {"sign": sign}, {"sign": 0.0}))
    choice = contender.select(part, "implicit")
    assert contender.hyperparameters(choice) == {"sign": sign}
    assert choice.epochs == 0


def test_a_structure_is_trained_to_the_chosen_epoch_and_recorded_beyond(data):
    contender = StructureContender("mf", (Variant(MF, SETTINGS, {"what": "plain"}),))
    trained = contender.train(data, Choice(0, 2, 0.0), seed=3)
    assert len(trained.epoch_scores) == 2 + SETTINGS.patience
    assert candidate_scores(trained.scorer, data.test) == pytest.approx(trained.epoch_scores[1], abs=1e-5)
    assert not np.allclose(trained.epoch_scores[1], trained.epoch_scores[4])
    hyperparameters = contender.hyperparameters(Choice(0, 2, 0.0))
    assert hyperparameters["what"] == "plain"
    assert hyperparameters["epochs"] == 2
    assert hyperparameters["learning_rate"] == 1e-2


def test_a_variant_that_diverges_is_passed_over_and_told_if_all_do(data):
    diverging = Variant(MF, SETTINGS.model_copy(update={"optimizer": "sgd", "learning_rate": 1e12}), {})
    good = Variant(MF, SETTINGS, {})
    part = cut(data)
    assert StructureContender("mf", (diverging, good)).select(part, "implicit").variant == 1
    with pytest.raises(UserError, match="mf: Training diverged"):
        StructureContender("mf", (diverging,)).select(part, "implicit")


def test_a_trial_gives_what_validation_and_what_test_would_have_chosen(data):
    contender = StructureContender("mf", (Variant(MF, SETTINGS, {}),))
    trial = Trial(Dataset("planted", lambda: data), contender, 1)
    validated, tested = trial.results(Choice(0, 2, 0.0))
    assert (validated.selected_by, tested.selected_by) == ("validation", "test")
    assert tested.metrics["raw_hr_at_10"] >= validated.metrics["raw_hr_at_10"]
    assert "full_recall_at_50" in validated.metrics
    assert "full_recall_at_50" not in tested.metrics
    assert validated.user_ndcgs.mean() == pytest.approx(validated.metrics["cold_last_ndcg_at_10"])
    assert validated.hyperparameters["epochs"] == 2


def test_training_that_diverges_behind_the_chosen_epoch_has_done_its_work(data, monkeypatch):
    contender = StructureContender("mf", (Variant(MF, SETTINGS, {}),))
    fit = Trainer.fit

    def fit_and_diverge(*arguments, **options):
        fit(*arguments, **options)
        raise UserError("Training diverged.")

    monkeypatch.setattr(Trainer, "fit", fit_and_diverge)
    trained = contender.train(data, Choice(0, 2, 0.0), seed=3)
    assert candidate_scores(trained.scorer, data.test) == pytest.approx(trained.epoch_scores[1], abs=1e-5)


def test_a_quality_that_is_no_number_is_never_chosen(data):
    contender = BaselineContender("constant", Constant, ({"sign": float("nan")}, {"sign": 1.0}))
    assert contender.select(cut(data), "implicit").variant == 1
