"""What `autoncf run` says of a run, without running one."""

import pytest

from pipeline.locations import Locations
from pipeline.run_lock import hold
from pipeline.summary import SearchOutcome
from tests.pipeline.summaries import make_summary


@pytest.fixture
def run(autoncf, tmp_path, monkeypatch):
    """`autoncf run` that ends with the summary of a run."""

    def run(summary=None, *arguments, configs=None):
        def ended(config, *_):
            if configs is not None:
                configs.append(config)
            return summary

        if summary:
            monkeypatch.setattr("pipeline.local_runner.run_locally", ended)
        folders = ("--data", tmp_path, "--root", tmp_path / "root")
        return autoncf("run", "--config", "implicit", *folders, *arguments)

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


def test_tune_searches_whatever_is_pinned(run, tmp_path):
    configs = []
    searched = SearchOutcome(
        trials={"finished": 3}, objective="ndcg_at_10", value=0.5, trial=2, origin="mf", seconds=9.0
    )
    summary = make_summary("a").model_copy(update={"search": searched})
    answer = run(summary, "--tune", "--set", "search={pinned: last, trials: 3}", configs=configs)
    [search] = [config.search for config in configs]
    assert (search.enabled, search.pinned, search.trials) == (True, None, 3)
    assert f"What the search tried: autoncf tune report --root {tmp_path / 'root'}\n" in answer.out


def test_nothing_is_searched_unasked(run):
    configs = []
    assert "autoncf tune" not in run(make_summary("a"), configs=configs).out
    assert not configs[0].search.enabled


def test_root_in_use(run, tmp_path):
    (tmp_path / "root").mkdir()
    with hold(Locations(tmp_path / "root"), "autoncf rollback"):
        answer = run()
    assert answer.status == 3
    assert "in use by `autoncf rollback` (process " in answer.error
