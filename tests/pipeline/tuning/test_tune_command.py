"""`autoncf tune report` over searches written by hand."""

import builtins
import csv

import pytest

from tests.pipeline.tuning.reports import make_report, make_trial, small_report

RUN = "2026-11-20T03:00:00"


@pytest.fixture
def root(tmp_path, monkeypatch):
    monkeypatch.setenv("COLUMNS", "140")
    return tmp_path / "root"


@pytest.fixture
def write(root):
    def report(report, folder=RUN):
        file = root / "searches" / folder / "search.json"
        file.parent.mkdir(parents=True)
        file.write_text(report.model_dump_json())
        if folder == RUN:
            file.with_name("best.yaml").write_text("structure: mf\n")

    return report


def rows(text):
    """The cells of the tables below their headers."""
    lines = [line.strip("│") for line in text.splitlines() if "│" in line]
    return [[cell.strip() for cell in line.split("│")] for line in lines]


def test_what_is_shown(autoncf, root, write):
    write(small_report())
    answer = autoncf("tune", "report", "--root", root, "--top", "2")
    assert answer.status == 0, answer.error
    lines = answer.out.splitlines()
    assert lines[0] == (
        f"search {RUN}: 5 trials in 90 s on 2 workers (3 finished, 1 halved, 1 failed); "
        "it ended with its trials"
    )
    told = rows(answer.out)
    assert told[:8] == [
        ["1", "0.6000", "4, from 2: dropout 0.2"],
        ["", "", "id·id 64 product → linear, mse"],
        ["", "", "adamw, rate 0.005, decay 0.001, batch 4096"],
        ["", "", "best epoch 3 of 4, 2 s, finished"],
        ["2", "0.5000", "2, neumf"],
        ["", "", "id·id 64 product + id·id 64 concat [64-32-16] → non-linear, bce"],
        ["", "", "adamw, rate 0.005, decay 0.001, batch 4096"],
        ["", "", "best epoch 3 of 4, 2 s, finished"],
    ]
    slots = {row[0]: row[1:] for row in told[8:10]}
    assert set(slots) == {"fusion", "dropout"}  # masking has one choice
    assert slots["fusion"][0].startswith("concat: +0.")
    assert slots["fusion"][0].endswith("(2)")
    assert slots["fusion"][1].startswith("product: -0.")
    assert told[10:] == [
        ["5, random", "2 s, failed"],
        ["id·id 64 product → linear, mse", "Out of memory & <gone>."],
    ]
    assert "1 trial of 4 had no prospects or no time left" in answer.out
    assert "best ndcg_at_10 0.6000: trial 4, from 2" in lines
    assert lines[-1].endswith(f"--set search.pinned={root}/searches/{RUN}/best.yaml")


def test_files(autoncf, root, write, tmp_path):
    write(small_report())
    out = tmp_path / "new" / "out"
    answer = autoncf("tune", "report", "--root", root, "--out", out)
    assert answer.status == 0, answer.error
    assert answer.out.splitlines()[-1] == f"Written: {out}"
    assert {file.name for file in out.iterdir()} == {
        "leaderboard.csv", "slots.csv", "search.png", "search.svg", "report.html",
    }  # fmt: skip
    with (out / "leaderboard.csv").open() as stream:
        assert [row["trial"] for row in csv.DictReader(stream)] == ["4", "2", "1", "3", "5"]


def test_search_in_which_all_failed_so_far(autoncf, root, write, tmp_path):
    write(make_report(make_trial(1, None), ended_by=None), "unfinished/1f2e")
    answer = autoncf("tune", "report", "--root", root, "--out", tmp_path / "out")
    assert answer.status == 0, answer.error
    assert answer.out.startswith(
        "search of a run that has not ended: 1 trial in 90 s on 2 workers (1 failed)"
    )
    assert rows(answer.out) == [
        ["1, random", "2 s, failed"],
        ["id·id 64 product → linear, mse", "The loss is no number."],
    ]
    assert "no trial has a value of ndcg_at_10 yet" in answer.out
    assert "search.pinned" not in answer.out
    assert not (tmp_path / "out/search.png").exists()
    assert (tmp_path / "out/report.html").exists()


def test_trials_that_the_deadline_cut_are_no_failures(autoncf, root, write):
    cut = make_trial(2, None, status="out of time", epochs=0, reason="The time of the search was used up.")
    write(make_report(make_trial(1, 0.5), cut, ended_by="minutes"), "unfinished/1f2e")
    answer = autoncf("tune", "report", "--root", root)
    assert answer.status == 0, answer.error
    assert "(1 finished, 1 out of time); it ended with its time" in answer.out
    assert "trials without a value: 1" in answer.out
    assert "failed" not in answer.out
    assert ["2, random", "2 s, out of time"] in rows(answer.out)
    assert "nothing to pin yet: best.yaml comes with the end of the run" in answer.out


def test_narrow_terminals_break_no_words(autoncf, root, write, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    write(make_report(make_trial(1, 0.6, preset="autoncf-views", origin="config")))
    answer = autoncf("tune", "report", "--root", root)
    assert answer.status == 0, answer.error
    assert [row[2] for row in rows(answer.out)] == [
        "1, config",
        "interactions·interactions 128 normalized-product",
        "(normalization degree, linear, interaction dropout 0.7,",
        "temperature 3.5) + the same (normalization l2) → linear,",
        "softmax (targets dropped)",
        "adamw, rate 0.005, decay 0.001, batch 4096",
        "best epoch 3 of 4, 2 s, finished",
    ]


def test_search_in_a_store_of_objects(autoncf, write, root, bucket):
    from components import storage

    write(small_report())
    storage.copy_tree(str(root), f"{bucket}/deployment")
    answer = autoncf("tune", "report", "--root", f"{bucket}/deployment", "--search", RUN)
    assert answer.status == 0, answer.error
    assert f"--set search.pinned={bucket}/deployment/searches/{RUN}/best.yaml" in answer.out


def test_what_is_wrong_is_a_sentence(autoncf, root, write, tmp_path):
    answer = autoncf("tune", "report", "--root", root)
    assert (answer.status, answer.out) == (2, "")
    assert "no search has run here" in answer.error
    write(small_report())
    answer = autoncf("tune", "report", "--root", root, "--search", "2025")
    assert (answer.status, answer.out) == (2, "")
    assert answer.error == (f"--search 2025: no run with a search in {root}/searches; there are {RUN}.\n")
    (tmp_path / "file").touch()
    answer = autoncf("tune", "report", "--root", root, "--out", tmp_path / "file")
    assert (answer.status, answer.out) == (2, "")
    assert "cannot be made" in answer.error


def test_without_matplotlib_only_the_files_are_missed(autoncf, root, write, tmp_path, monkeypatch):
    write(small_report())
    original = builtins.__import__

    def missing(name, *arguments, **other):
        if name.partition(".")[0] == "matplotlib":
            raise ImportError(name)
        return original(name, *arguments, **other)

    monkeypatch.setattr(builtins, "__import__", missing)
    assert autoncf("tune", "report", "--root", root).status == 0
    answer = autoncf("tune", "report", "--root", root, "--out", tmp_path / "out")
    assert (answer.status, answer.out) == (2, "")
    assert "need matplotlib" in answer.error
    assert answer.error.count("\n") == 1
