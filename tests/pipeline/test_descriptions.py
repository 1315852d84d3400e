"""What is said of a component that ended."""

from pipeline.descriptions import describe
from pipeline.store import Artifact, ComponentRun, Run
from tests.pipeline.searches import make_report, make_trial, write_search


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
