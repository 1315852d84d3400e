"""Settings, origins and outcomes in a few words."""

from pipeline.tuning.words import origin_in_words, outcome_in_words, settings_in_words
from tests.pipeline.tuning.reports import TRAIN, make_trial


def test_settings():
    told = settings_in_words({**TRAIN, "patience": 8})
    assert told == "adamw, rate 0.005, decay 0.001, batch 4096, patience 8"


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


def test_outcomes():
    assert outcome_in_words(make_trial(1, 0.5)) == "best epoch 3 of 4, 2 s, finished"
    assert outcome_in_words(make_trial(1, None, status="out of time", epochs=0)) == "2 s, out of time"
