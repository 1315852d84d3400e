"""What a run is told of those before it."""

import pytest

from components import storage
from components.ingest.report import IngestReport
from components.pusher.model_info import data_window
from models.errors import UserError
from pipeline.earlier_runs import EarlierRuns, champion_test_from, recall
from pipeline.summary import read_summaries, write_summary
from serving.model_info import MODEL_INFO_FILE, ModelInfo
from tests.pipeline.summaries import make_summary

NOW = {"span-1/interactions.csv": "a", "span-2/interactions.csv": "b", "span-3/interactions.csv": "c"}


def summary(contents, test_from=None, version=7):
    return make_summary("2026-01-01T03:00:00", version).model_copy(
        update={"contents": dict(zip(NOW, contents, strict=False)), "test_from": test_from}
    )


def test_nothing_before_the_first_run():
    assert recall([], NOW, None) == EarlierRuns([], None)


def test_only_what_is_still_there_counts_as_accepted():
    """The second span was delivered anew since, with other contents."""
    assert recall([summary("ax", 100)], NOW, None) == EarlierRuns(["a"], 100)


def test_a_repeated_run_is_told_what_it_was_told_before():
    before = [summary("ab", 100)]
    again = recall([*before, summary("abc", 200)], NOW, None)
    assert again == recall(before, NOW, None) == EarlierRuns(["a", "b"], 100)


def test_only_what_was_pushed_may_have_been_learnt():
    kept = summary("ab", 300, version=None)
    earlier = recall([summary("a", 100), kept, summary("a", 50)], NOW, None)
    assert earlier == EarlierRuns(["a", "b"], 100)


def test_champion_without_a_summary_may_have_learnt_more_than_those_before_it():
    assert recall([summary("a", 100)], NOW, 200) == EarlierRuns(["a"], 200)
    assert recall([summary("a", 100)], NOW, 50) == EarlierRuns(["a"], 100)
    assert recall([], NOW, 50) == EarlierRuns([], 50)


def push(serving, version, contents, test_from, saved_model=True):
    """A version with the info that a push completes."""
    report = IngestReport(
        interactions=3, test_from=test_from, contents=dict(zip(NOW, contents, strict=False))
    )
    info = ModelInfo(
        structure={},
        metrics={},
        users=3,
        items=4,
        max_k=4,
        data=data_window(report),
        trained_at="2026-01-02T03:04:05+00:00",
        code_version="0.1.0",
    )
    storage.write_text(f"{serving}/{version}/{MODEL_INFO_FILE}", info.model_dump_json())
    if saved_model:
        storage.write_text(f"{serving}/{version}/saved_model.pb", "graph")


@pytest.fixture(params=["local", "s3"])
def serving(request, tmp_path):
    place = str(tmp_path) if request.param == "local" else request.getfixturevalue("bucket")
    return place + "/serving/recommender"


def test_champion_tells_from_when_on_it_was_tested(serving):
    assert champion_test_from(serving, NOW) is None
    push(serving, 7, "a", 100)
    push(serving, 8, "ab", 200)
    push(serving, 9, "abx", 300, saved_model=False)
    assert champion_test_from(serving, NOW) == 200


def test_a_run_is_told_the_same_once_its_model_was_pushed(serving):
    """The one before was killed after its push: the cache answers, as all parameters are the same."""
    push(serving, 7, "ab", 200)
    before = recall([summary("a", 100)], NOW, champion_test_from(serving, NOW))
    push(serving, 8, "abc", 300)
    again = recall([summary("a", 100)], NOW, champion_test_from(serving, NOW))
    assert again == before == EarlierRuns(["a"], 200)


def test_champions_that_tell_nothing(serving):
    push(serving, 7, "a", 100)
    storage.write_text(f"{serving}/8/saved_model.pb", "from elsewhere")
    assert champion_test_from(serving, NOW) is None
    storage.write_text(f"{serving}/8/{MODEL_INFO_FILE}", "{}")
    with pytest.raises(UserError, match=r"recommender/8/assets/model_info\.json: is no model info"):
        champion_test_from(serving, NOW)


def test_damaged_summary_is_named(tmp_path, bucket):
    write_summary(make_summary("2026-01-01T03:00:00"), tmp_path / "summary.json", tmp_path / "summaries")
    storage.copy_tree(str(tmp_path / "summaries"), f"{bucket}/deployment/summaries")
    for folder in (tmp_path / "summaries", f"{bucket}/deployment/summaries"):
        assert read_summaries(folder) == {"2026-01-01T03:00:00": make_summary("2026-01-01T03:00:00")}
        storage.write_text(f"{folder}/2026-01-02.json", "")
        with pytest.raises(UserError, match=rf"^{folder}/2026-01-02\.json: is no summary .*remove the file"):
            read_summaries(folder)
