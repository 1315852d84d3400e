"""The Trainer component's part, from transformed Examples to the SavedModel and its report."""

import numpy as np
import pytest
import tensorflow as tf

from models import run_fn as run_fn_module
from models.devices import Devices
from models.errors import UserError
from models.presets import PRESETS
from models.report import TRAINING_REPORT, TrainingReport
from models.run_fn import run_fn
from models.settings import TrainSettings
from models.warm_start import WARM_START_FOLDER, WarmStart
from models.workers import Workers
from tests.models.trainer_args import trainer_args


@pytest.fixture
def run(planted_splits, tmp_path):
    """Runs run_fn: (name, champion, preset, re-ranking, settings) -> (its folder, its report)."""

    def run(name, champion=None, preset="gmf", rerank=None, **settings):
        folder = tmp_path / name
        folder.mkdir()
        settings = {"epochs": 2, "batch_size": 512, "learning_rate": 0.05} | settings
        args = trainer_args(planted_splits, folder, PRESETS[preset], champion, **settings)
        args.custom_config["serving"] = {"rerank": rerank}
        run_fn(args)
        return folder, TrainingReport.model_validate_json((folder / TRAINING_REPORT).read_text())

    return run


def test_each_model_begins_with_the_weights_of_the_fit_before(run):
    first, report = run("first", warm_start=True)
    assert (report.carried_over, report.cold_start) == (None, "No model is served yet to begin with.")
    kept = WarmStart.load(str(first / "model"))
    assert {value.dtype for value in kept.weights.values()} == {np.dtype(np.float32)}

    # At this rate nothing moves: what it keeps is what it began with, and not the first one's refit.
    second, report = run("second", first, warm_start=True, learning_rate=1e-12, mixed_precision=True)
    assert (report.carried_over, report.cold_start) == ({"users": 20, "items": 20}, None)
    again = WarmStart.load(str(second / "model"))
    assert again.vocabularies == kept.vocabularies
    for name, value in kept.weights.items():
        np.testing.assert_allclose(again.weights[name], value, atol=1e-9, err_msg=name)

    _, report = run("third", second, preset="mf", warm_start=True)
    assert (report.carried_over, report.cold_start) == (
        None,
        "The served model is not begun with: it is of another structure or feedback.",
    )


def test_without_warm_start_nothing_is_kept(run):
    folder, report = run("cold")
    assert not (folder / "model" / WARM_START_FOLDER).exists()
    assert (report.carried_over, report.cold_start, report.no_reranking) == (None, None, None)
    assert report.train == TrainSettings(epochs=2, batch_size=512, learning_rate=0.05).model_dump()


@pytest.mark.parametrize(
    ("preset", "reason"),
    [
        ("gmf", "serving.rerank is left out: the structure that was found ranks all items in one step."),
        ("neumf", None),
    ],
    ids=["one stage", "two stages"],
)
def test_reranking_needs_two_stages(run, preset, reason):
    _, report = run(preset, preset=preset, rerank=5)
    assert report.no_reranking == reason


@pytest.mark.parametrize("is_chief", [True, False])
def test_a_worker_that_ends_after_training_fails_all_but_the_chief(run, monkeypatch, caplog, is_chief):
    class OthersHaveEnded(Devices):
        def wait(self):
            raise UserError("Another has ended.")

    devices = OthersHaveEnded(tf.distribute.get_strategy(), Workers(1, is_chief))
    monkeypatch.setattr(run_fn_module, "training_devices", lambda: devices)
    if is_chief:
        folder, _ = run("chief")
        assert tf.saved_model.contains_saved_model(str(folder / "model"))
        assert "The model is written and whole, though another worker ended before it was." in caplog.messages
    else:
        with pytest.raises(UserError, match="Another has ended"):
            run("worker")
