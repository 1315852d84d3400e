"""Which search of a root is read, on this machine and in a store of objects."""

import os

import pytest

from components import storage
from models.errors import UserError
from pipeline.tuning.reading import read_search
from tests.pipeline.tuning.reports import make_report, make_trial


@pytest.fixture(params=["local", "s3"])
def root(request, tmp_path):
    return str(tmp_path) if request.param == "local" else request.getfixturevalue("bucket") + "/root"


@pytest.fixture
def times(monkeypatch):
    """When files were written: path from `searches` on -> seconds."""
    told = {}
    monkeypatch.setattr(
        "components.storage.modified", lambda path: told[path.partition("/searches/")[2].rpartition("/")[0]]
    )
    return told


def write(root, folder, value):
    report = make_report(make_trial(1, value))
    storage.write_text(f"{root}/searches/{folder}/search.json", report.model_dump_json())
    if not folder.startswith("unfinished"):
        storage.write_text(f"{root}/searches/{folder}/best.yaml", "structure: mf\n")


def read(root, run_id=None):
    found = read_search(root, run_id)
    return found.run_id, found.report.ranked[0].value


def test_last_or_named_search(root):
    write(root, "2026-11-03T03:00:00", 0.3)
    write(root, "2026-11-20T03:00:00", 0.2)
    write(root, "2026-11-10T03:00:00", 0.1)
    assert read(root) == ("2026-11-20T03:00:00", 0.2)
    assert read(root, "2026-11-03T03:00:00") == ("2026-11-03T03:00:00", 0.3)
    assert read_search(root + "/").best_file == f"{root}/searches/2026-11-20T03:00:00/best.yaml"


def test_search_that_runs(root):
    write(root, "unfinished/1f2e", 0.4)
    storage.write_text(f"{root}/searches/unfinished/1f2e/trial_1/trial.json", "{}")
    assert read(root) == (None, 0.4)
    assert read_search(root).best_file is None


def test_unfinished_search_counts_if_it_has_gone_on_since(tmp_path, times):
    root = str(tmp_path)
    write(root, "2026-11-20T03:00:00", 0.2)
    write(root, "unfinished/1f2e", 0.4)
    write(root, "unfinished/7a7b", 0.5)
    times |= {"2026-11-20T03:00:00": 100, "unfinished/1f2e": 99, "unfinished/7a7b": 98}
    assert read(root) == ("2026-11-20T03:00:00", 0.2)
    times["unfinished/7a7b"] = 101
    assert read(root) == (None, 0.5)
    assert read(root, "2026-11-20T03:00:00") == ("2026-11-20T03:00:00", 0.2)


def test_no_search_yet(root):
    with pytest.raises(UserError, match="no search has run here"):
        read_search(root)
    storage.write_text(f"{root}/searches/unfinished/1f2e/oracle.json", "{}")
    with pytest.raises(UserError, match="none of its trials has ended yet"):
        read_search(root)
    with pytest.raises(UserError, match=r"--search 2026: no run with a search in .*; there is none yet\."):
        read_search(root, "2026")


def test_other_run(root):
    for run_id in ("2026-11-03T03:00:00", "2026-11-20T03:00:00"):
        write(root, run_id, 0.3)
    for wrong in ("2026-11-04T03:00:00", "unfinished", "../searches"):
        with pytest.raises(UserError, match="there are 2026-11-03T03:00:00, 2026-11-20T03:00:00"):
            read_search(root, wrong)


@pytest.mark.parametrize("text", [b"{", b'{"objective": "rmse"}', b"\xff"], ids=["half", "other", "bytes"])
def test_damaged_report(tmp_path, text):
    path = tmp_path / "searches/2026-11-03T03:00:00/search.json"
    storage.write_bytes(str(path), text)
    storage.write_text(str(path.with_name("best.yaml")), "structure: mf\n")
    with pytest.raises(UserError) as caught:
        read_search(str(tmp_path))
    assert str(caught.value).startswith(f"{path}: is no report of a search (")
    assert "\n" not in str(caught.value)
    assert "http" not in str(caught.value)


def test_file_that_is_renamed_while_it_is_looked_for(tmp_path, monkeypatch):
    write(str(tmp_path), "unfinished/1f2e", 0.4)
    size = os.path.getsize

    def renamed(path):
        if path.endswith("search.json"):
            raise FileNotFoundError(path)
        return size(path)

    monkeypatch.setattr("os.path.getsize", renamed)
    with pytest.raises(UserError, match=r"/searches: a search\.json was removed while it was looked for"):
        read_search(str(tmp_path))


def test_report_that_was_removed(root):
    storage.write_text(f"{root}/searches/2026-11-03T03:00:00/best.yaml", "structure: mf\n")
    with pytest.raises(UserError, match=r"/searches: a search\.json was removed while it was looked for"):
        read_search(root)
