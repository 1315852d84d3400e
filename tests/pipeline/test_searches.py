"""Searches that stay below a root when their artifacts have gone."""

import pytest

from components import storage
from models.errors import UserError
from pipeline.searches import last_best, remove_unfinished, save_search, saved_searches
from tests.pipeline.searches import make_report, make_trial, write_search


@pytest.fixture(params=["local", "remote"])
def searches(request, tmp_path):
    return str(tmp_path / "searches") if request.param == "local" else request.getfixturevalue("bucket")


@pytest.fixture
def artifact(tmp_path):
    """Makes the TunerResults artifact of a search: its best value -> path."""

    def make(value):
        report = make_report(make_trial(1, value))
        return str(write_search(tmp_path / f"artifact-{value}", report, f"ndcg_at_10 {value}"))

    return make


def test_both_files_are_kept(searches, artifact):
    results = artifact(0.5)
    save_search(results, searches, "2026-01-02T03:04:05")
    assert saved_searches(searches) == ["2026-01-02T03:04:05"]
    for name in ("search.json", "best.yaml"):
        kept = storage.read_text(storage.join(searches, f"2026-01-02T03:04:05/{name}"))
        assert kept == storage.read_text(storage.join(results, name))


def test_search_that_the_cache_answered_for_is_not_kept_twice(searches, artifact):
    first = artifact(0.5)
    save_search(first, searches, "2026-01-02")
    save_search(first, searches, "2026-01-03")
    assert saved_searches(searches) == ["2026-01-02"]


def test_earlier_search_that_the_cache_answered_for_is_the_last_again(searches, artifact):
    first = artifact(0.5)
    save_search(first, searches, "2026-01-02")
    save_search(artifact(0.6), searches, "2026-01-03")
    save_search(first, searches, "2026-01-04")
    assert saved_searches(searches) == ["2026-01-02", "2026-01-03", "2026-01-04"]
    assert storage.read_text(last_best(searches)) == storage.read_text(storage.join(first, "best.yaml"))


def test_folder_that_lacks_its_report_is_another_search(searches, artifact):
    results = artifact(0.5)
    best = storage.read_text(storage.join(results, "best.yaml"))
    storage.write_text(storage.join(searches, "2026-01-02/best.yaml"), best)
    save_search(results, searches, "2026-01-03")
    assert saved_searches(searches) == ["2026-01-02", "2026-01-03"]


def test_last_is_the_newest(searches, artifact):
    save_search(artifact(0.5), searches, "2026-01-12")
    save_search(artifact(0.6), searches, "2026-01-03")
    assert last_best(searches) == storage.join(searches, "2026-01-12/best.yaml")


def test_unfinished_searches_are_none(searches):
    storage.write_text(storage.join(searches, "unfinished/abc/search.json"), "{}")
    storage.write_text(storage.join(searches, "unfinished/abc/best.yaml"), "{}")
    storage.write_text(storage.join(searches, "2026-01-02/search.json"), "{}")  # killed while it was copied
    assert saved_searches(searches) == []
    with pytest.raises(UserError) as error:
        last_best(searches)
    assert str(error.value) == (
        "search.pinned = 'last': no search has ended in this root yet; begin with one, as "
        "`autoncf run --tune` does, or leave search.pinned out."
    )


def test_folder_of_a_search_goes_when_there_is_its_artifact(searches, artifact):
    results, unfinished = artifact(0.5), storage.join(searches, "unfinished")
    for search, value in (("of-this", 0.5), ("of-another", 0.4)):
        report = make_report(make_trial(1, value)).model_dump_json()
        storage.write_text(storage.join(unfinished, f"{search}/search.json"), report)
    storage.write_text(storage.join(unfinished, "just-begun/oracle.json"), "{}")
    for _ in range(2):
        remove_unfinished(results, unfinished)
        assert storage.subfolders(unfinished) == ["just-begun", "of-another"]
