import datetime

import pytest
import yaml

from models.errors import UserError
from models.presets import PRESETS
from models.search.best import Best, best_yaml
from models.search.results import SearchReport, TrialResult

TUNED = {"optimizer": "adamw", "learning_rate": 1e-5, "weight_decay": 0.1, "batch_size": 512}


def _trial(number: int, preset: str, value: float | None, origin: str) -> TrialResult:
    return TrialResult(
        number=number,
        origin=origin,
        status="failed" if value is None else "finished",
        value=value,
        best_epoch=3,
        epochs=7,
        seconds=1.0,
        values={},
        structure=PRESETS[preset].to_dict(),
        train=TUNED,
    )


@pytest.fixture
def report() -> SearchReport:
    return SearchReport(
        objective="ndcg_at_10",
        higher_is_better=True,
        trials=(
            _trial(1, "mf", 0.41, "config"),
            _trial(2, "gmf", None, "gmf"),
            _trial(3, "autoncf-views", 0.6133, "from 1"),
        ),
        seconds=60.0,
        workers=2,
        worker_seconds=120.0,
        ended_by="trials",
    )


def test_what_is_written_is_read(report):
    ended = datetime.datetime(2024, 5, 6, 7, 8, tzinfo=datetime.timezone.utc)
    text = best_yaml(report, ended)
    assert text.splitlines()[0] == (
        "# ndcg_at_10 0.6133 on the eval split, trial 3 of 3 (from 1), 2024-05-06 07:08 UTC"
    )
    assert Best.from_yaml(text, "best.yaml") == Best.of(report)
    assert Best.of(report) == Best(structure=PRESETS["autoncf-views"].to_dict(), train=TUNED)


def test_is_a_fragment_of_a_config(report):
    values = yaml.safe_load(best_yaml(report, datetime.datetime.now(datetime.timezone.utc)))
    assert values == {"structure": PRESETS["autoncf-views"].to_dict(), "train": TUNED}


def test_slots_and_settings_left_out():
    text = """
        structure:
          branches: [{user: {input: id}, item: {input: id}, fusion: product}]
          prediction: {kind: linear}
          loss: {kind: mse}
        train: {learning_rate: 0.5}
    """
    assert Best.from_yaml(text, "mine.yaml") == Best(
        structure=PRESETS["mf"].to_dict(), train={"learning_rate": 0.5}
    )


def test_preset_as_in_a_config():
    """With the training that suits it, but for what the file says itself."""
    text = "structure: {preset: autoncf, loss: {kind: mse}}\ntrain: {weight_decay: 0.5}"
    best = Best.from_yaml(text, "mine.yaml")
    assert best.structure["branches"] == PRESETS["autoncf"].to_dict()["branches"]
    assert best.structure["loss"]["kind"] == "mse"
    assert best.train == {"learning_rate": 0.005, "weight_decay": 0.5, "patience": 8}
    assert Best.from_yaml("structure: mf", "mine.yaml") == Best(structure=PRESETS["mf"].to_dict(), train={})


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (
            {"train": {"learning_rate": -1}},
            "train.learning_rate = -1: input should be greater than 0.",
        ),
        (
            {"train": {"lr": 1}},
            "train.lr is an unknown key; allowed here: epochs, patience, batch_size, optimizer, "
            "learning_rate, schedule, weight_decay, mixed_precision, refit, warm_start, seed.",
        ),
        ({"masking": True}, "masking is an unknown key; allowed here: structure, train."),
        (
            {"structure": "mff"},
            f"structure: 'mff' is no preset; choose {', '.join(PRESETS)}, or give every slot.",
        ),
        ({"structure": 3}, "structure = 3: should hold keys, of branches, prediction, loss, masking."),
        (
            {"structure": {"prediction": {"kind": "linear"}, "loss": {"kind": "mse"}, "branches": 3}},
            "structure.branches = 3: input should be a valid tuple.",
        ),
        (
            {"structure": PRESETS["mf"].to_dict() | {"prediction": {"kind": "mlp"}}},
            'structure.prediction: prediction kind = "mlp" does not fit hidden_sizes = []: kinds "mlp" and '
            '"cnn" need at least one hidden layer, the others none.',
        ),
    ],
)
def test_wrong_keys(change, sentence):
    text = yaml.safe_dump({"structure": PRESETS["mf"].to_dict(), **change})
    with pytest.raises(UserError) as caught:
        Best.from_yaml(text, "mine.yaml")
    assert str(caught.value) == f"mine.yaml: {sentence}"


@pytest.mark.parametrize("text", ["", "- structure", "train: {epochs: 3}"])
def test_no_structure(text):
    with pytest.raises(UserError, match=r"^mine\.yaml: has no `structure`; give the best"):
        Best.from_yaml(text, "mine.yaml")


def test_no_yaml():
    with pytest.raises(UserError, match=r"^mine\.yaml: not a YAML file: "):
        Best.from_yaml("structure: [", "mine.yaml")
