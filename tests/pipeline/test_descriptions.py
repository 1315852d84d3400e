"""What is said of a component that ended."""

import pytest

from models.report import TRAINING_REPORT, TrainingReport
from pipeline.descriptions import describe
from pipeline.store import Artifact, ComponentRun, Run
from tests.pipeline.searches import make_report, make_trial, write_search

BEGAN = "; began with what the champion knew of 1,200 users and 30 items"


def test_search(tmp_path):
    trials = [
        make_trial(1, 0.5, "config"),
        make_trial(2, None, "oncf", "failed"),
        make_trial(3, 0.625, "from 1", "halved"),
    ]
    folder = write_search(tmp_path / "results", make_report(*trials))
    tuner = ComponentRun("Tuner", "ran", 60.04, {"tuner_results": Artifact(uri=str(folder))})
    assert describe(Run("run", (tuner,)), "Tuner") == (
        "60.0 s",
        "3 structures tried, 1 of them failed; best is number 3 (from 1), ndcg_at_10 0.6250 on eval",
    )


def test_search_that_ended_early(tmp_path):
    trials = [make_trial(1, 0.5), make_trial(2, 0.25)]
    folder = write_search(tmp_path / "results", make_report(*trials, ended_by="workers"))
    tuner = ComponentRun("Tuner", "ran", 60.04, {"tuner_results": Artifact(uri=str(folder))})
    assert describe(Run("run", (tuner,)), "Tuner") == (
        "60.0 s",
        "2 structures tried; best is number 1 (gmf), ndcg_at_10 0.5000 on eval; "
        "ended early, no worker could be started",
    )


@pytest.mark.parametrize(
    ("notes", "said"),
    [
        ({}, ""),
        ({"carried_over": {"users": 1200, "items": 30}}, BEGAN),
        ({"cold_start": "No model is served yet."}, "; No model is served yet."),
        ({"no_reranking": "It was left out."}, "; It was left out."),
        ({"cold_start": "No model.", "no_reranking": "Left out."}, "; No model. Left out."),
        ({"carried_over": {"users": 1200, "items": 30}, "no_reranking": "Left out."}, f"{BEGAN}; Left out."),
    ],
)
def test_training(tmp_path, notes, said):
    report = TrainingReport(
        structure={}, train={}, epochs=3, eval_metrics={"rmse": 0.5}, history=[], seconds=1.0, **notes
    )
    (tmp_path / TRAINING_REPORT).write_text(report.model_dump_json())
    trainer = ComponentRun("Trainer", "cached", 0.0, {"model_run": Artifact(uri=str(tmp_path))})
    assert describe(Run("run", (trainer,)), "Trainer") == (
        "cached",
        f"best after 3 epochs: rmse 0.5000 on eval{said}",
    )
