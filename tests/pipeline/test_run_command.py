"""What `autoncf run` says of a run, without running one."""

import pytest

from pipeline.locations import Locations
from pipeline.run_lock import hold
from tests.pipeline.summaries import make_summary


@pytest.fixture
def run(autoncf, tmp_path, monkeypatch):
    """`autoncf run` that ends with the summary of a run."""

    def run(summary=None):
        if summary:
            monkeypatch.setattr("pipeline.local_runner.run_locally", lambda *_: summary)
        return autoncf("run", "--config", "implicit", "--data", tmp_path, "--root", tmp_path / "root")

    return run


def test_pushed(run):
    answer = run(make_summary("a", version=7))
    assert (answer.status, answer.error) == (0, "")
    assert "Blessed and served as version 7; 3 epochs, 12 s in all." in answer.out
    assert "champion" not in answer.out


@pytest.mark.parametrize(("blessed", "word"), [(False, "blessed"), (True, "pushed")])
def test_not_pushed_says_why(run, tmp_path, blessed, word):
    version = tmp_path / "root/serving/recommender/7"
    version.mkdir(parents=True)
    (version / "saved_model.pb").touch()
    told = {"blessed": blessed, "reasons": ("[1] is worse", "so is [2]"), "champion": {"hr_at_10": 0.875}}
    answer = run(make_summary("a", version=None).model_copy(update=told))
    assert answer.status == 0
    sentence = f"Not {word}; version 7 goes on serving; 3 epochs, 12 s in all:\n  [1] is worse\n  so is [2]\n"
    assert answer.out.endswith(sentence)
    assert ["test, champion", "0.8750"] in [
        [cell.strip() for cell in line.strip("│").split("│")] for line in answer.out.splitlines()
    ]


def test_nothing_serves_yet(run):
    answer = run(make_summary("a", version=None).model_copy(update={"reasons": ("it is worse",)}))
    assert "Not blessed; nothing is served yet;" in answer.out


def test_root_in_use(run, tmp_path):
    (tmp_path / "root").mkdir()
    with hold(Locations(tmp_path / "root"), "autoncf rollback"):
        answer = run()
    assert answer.status == 3
    assert "in use by `autoncf rollback` (process " in answer.error
