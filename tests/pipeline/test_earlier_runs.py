"""What a run is told of those before it."""

import pytest

from models.errors import UserError
from pipeline.earlier_runs import EarlierRuns, recall
from pipeline.summary import read_summaries, write_summary
from tests.pipeline.summaries import make_summary

NOW = {"span-1/interactions.csv": "a", "span-2/interactions.csv": "b", "span-3/interactions.csv": "c"}


def summary(contents, test_from=None, version=7):
    return make_summary("2026-01-01T03:00:00", version).model_copy(
        update={"contents": dict(zip(NOW, contents, strict=False)), "test_from": test_from}
    )


def test_nothing_before_the_first_run():
    assert recall([], NOW) == EarlierRuns([], None)


def test_only_what_is_still_there_counts_as_accepted():
    """The second span was delivered anew since, with other contents."""
    assert recall([summary("ax", 100)], NOW) == EarlierRuns(["a"], 100)


def test_a_repeated_run_is_told_what_it_was_told_before():
    before = [summary("ab", 100)]
    assert recall([*before, summary("abc", 200)], NOW) == recall(before, NOW) == EarlierRuns(["a", "b"], 100)


def test_only_what_was_pushed_may_have_been_learnt():
    kept = summary("ab", 300, version=None)
    assert recall([summary("a", 100), kept, summary("a", 50)], NOW) == EarlierRuns(["a", "b"], 100)


def test_damaged_summary_is_named(tmp_path):
    write_summary(make_summary("2026-01-01T03:00:00"), tmp_path / "summary.json", tmp_path)
    (tmp_path / "2026-01-02.json").touch()
    with pytest.raises(UserError, match=r"2026-01-02\.json.*remove the file"):
        read_summaries(tmp_path)
