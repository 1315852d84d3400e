"""Structures and origins in a few words."""

import pytest

from models.presets import PRESETS
from pipeline.tuning.words import origin_in_words, settings_in_words, structure_in_words
from tests.pipeline.tuning.reports import TRAIN, make_trial


@pytest.mark.parametrize(
    ("preset", "words"),
    [
        ("mf", "id·id product → linear, mse"),
        ("u-autorec", "interactions·id product → non-linear, mse"),
        ("neumf", "id·id product + id·id concat [64-32-16] → non-linear, bce"),
        ("autoncf-views", "2 × interactions·interactions normalized-product → linear, softmax"),
        ("ours-mlp", "interactions·interactions concat → mlp [64-32], mse"),
    ],
)
def test_structures(preset, words):
    assert structure_in_words(PRESETS[preset].to_dict()) == words


def test_settings():
    assert settings_in_words(TRAIN) == "adamw, rate 0.005, decay 0.001, batch 4096"


def test_what_was_changed():
    parent = make_trial(12, 0.5, {"fusion": "normalized-product", "temperature": 7.0, "masking": False})
    other = {"fusion": "concat", "masking": True, "dropout": 0.5}
    child = make_trial(30, 0.6, other, origin="from 12")
    trials = {trial.number: trial for trial in (parent, child)}
    told = "from 12: fusion concat, masking true, dropout 0.5, no temperature"
    assert origin_in_words(child, trials) == told
    assert origin_in_words(parent, trials) == "random"
    # Its parent runs again after an interruption.
    assert origin_in_words(child, {}) == "from 12"
