"""What is read of a search's best, as written and as somebody writes it by hand."""

import pytest
import yaml

from models.errors import UserError
from models.presets import PRESETS
from models.search.best import Best
from pipeline.best_file import parse_best


def test_what_is_written_is_read():
    tuned = {"optimizer": "adamw", "learning_rate": 1e-5, "weight_decay": 0.1, "batch_size": 512}
    best = Best(structure=PRESETS["autoncf-views"].to_dict(), train=tuned)
    assert parse_best(best.to_yaml("a comment"), "best.yaml") == best


def test_slots_and_settings_left_out():
    text = """
        structure:
          branches: [{user: {input: id}, item: {input: id}, fusion: product}]
          prediction: {kind: linear}
          loss: {kind: mse}
        train: {learning_rate: 0.5}
    """
    assert parse_best(text, "mine.yaml") == Best(
        structure=PRESETS["mf"].to_dict(), train={"learning_rate": 0.5}
    )


def test_preset_as_in_a_config():
    """With the training that suits it, but for what the file says itself."""
    text = "structure: {preset: autoncf, loss: {kind: mse}}\ntrain: {weight_decay: 0.5}"
    best = parse_best(text, "mine.yaml")
    assert best.structure["branches"] == PRESETS["autoncf"].to_dict()["branches"]
    assert best.structure["loss"]["kind"] == "mse"
    assert best.train == {"learning_rate": 0.005, "weight_decay": 0.5, "patience": 8}
    assert parse_best("structure: mf", "mine.yaml") == Best(structure=PRESETS["mf"].to_dict(), train={})


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
        parse_best(text, "mine.yaml")
    assert str(caught.value) == f"mine.yaml: {sentence}"


@pytest.mark.parametrize("text", ["", "- structure", "train: {epochs: 3}"])
def test_no_structure(text):
    with pytest.raises(UserError, match=r"^mine\.yaml: has no `structure`; give the best"):
        parse_best(text, "mine.yaml")


def test_no_yaml():
    with pytest.raises(UserError, match=r"^mine\.yaml: not a YAML file: "):
        parse_best("structure: [", "mine.yaml")
