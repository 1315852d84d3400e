"""The Trainer component's part, from transformed Examples to the SavedModel and its report."""

from types import SimpleNamespace

import numpy as np
import pytest

from models.presets import PRESETS
from models.report import TRAINING_REPORT, TrainingReport
from models.run_fn import run_fn
from models.settings import TrainSettings
from models.warm_start import WARM_START_FOLDER, WarmStart
from tests.models.conftest import planted, small
from tests.models.test_training import held_out
from tests.models.transforming import histories, transformed

SETTINGS = TrainSettings(epochs=2, batch_size=512, learning_rate=0.05)


@pytest.fixture(scope="module")
def transform(tmp_path_factory):
    """A folder with the transformed splits of planted interactions, vocabularies over both of them."""
    interactions, holdout = held_out(planted(users=20, items=20, per_user=6), lists=20)
    lists = {}
    for user, items, labels in zip(
        holdout.user_indices,
        np.split(holdout.item_indices, np.cumsum(holdout.lengths)[:-1]),
        np.split(holdout.labels, np.cumsum(holdout.lengths)[:-1]),
        strict=True,
    ):
        lists[f"u{user}"] = {f"i{item}": float(label) for item, label in zip(items, labels, strict=True)}
    folder = tmp_path_factory.mktemp("splits")
    transformed(folder, "implicit", histories(interactions), lists, analyze=["train", "eval"])
    return folder


@pytest.fixture
def run(transform, tmp_path):
    """Runs run_fn: (name, settings, champion) -> (its folder, its report)."""

    def run(name, champion=None, preset="gmf", **settings):
        folder = tmp_path / name
        folder.mkdir()
        run_fn(
            SimpleNamespace(
                train_files=[str(transform / "train.gz")],
                eval_files=[str(transform / "eval.gz")],
                transform_graph_path=str(transform / "transform"),
                serving_model_dir=str(folder / "model"),
                model_run_dir=str(folder),
                base_model=champion and str(champion / "model"),
                custom_config={
                    "structure": small(PRESETS[preset]).to_dict(),
                    "train": SETTINGS.model_copy(update=settings).model_dump(mode="json"),
                    "feedback": "implicit",
                    "top_k": 10,
                    "serving": {},
                },
            )
        )
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
    assert (report.carried_over, report.cold_start) == (None, None)
