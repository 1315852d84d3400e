"""`autoncf status` over stores and summaries written by hand."""

import pytest

from pipeline.locations import Locations
from pipeline.store import ComponentRun, Run
from pipeline.summary import write_summary
from tests.pipeline.summaries import make_summary


@pytest.fixture
def locations(tmp_path, monkeypatch):
    monkeypatch.setenv("COLUMNS", "120")
    return Locations(tmp_path)


@pytest.fixture
def remember(monkeypatch):
    """Makes the metadata store hold these runs: id -> name of the last component."""

    def runs(**last):
        stored = []
        for run_id, name in last.items():
            stored.append(Run(run_id, (ComponentRun(name, "ran", 1.0, {}),) if name else ()))
        monkeypatch.setattr("pipeline.store.read_runs", lambda _, last: stored[-last:])

    return runs


def add(locations, run_id, version, hit_rate=0.75):
    summary = make_summary(run_id, version, hit_rate)
    write_summary(summary, locations.summary, locations.summaries)
    if version:
        folder = locations.serving / str(version)
        folder.mkdir(parents=True)
        (folder / "saved_model.pb").touch()


def rows(text):
    """The cells of the table below its header."""
    lines = [line.strip("│") for line in text.splitlines() if "│" in line]
    return [[cell.strip() for cell in line.split("│")] for line in lines]


def test_runs_champion_and_versions(autoncf, locations, remember):
    remember(first="AtomicPusher", second="AtomicPusher", third="AtomicPusher")
    add(locations, "first", 3, 0.5)
    add(locations, "second", 11, 0.75)
    add(locations, "third", None, 0.25)
    answer = autoncf("status", "--root", locations.root)
    assert answer.status == 0
    assert rows(answer.out) == [
        ["first", "well", "0.5000", "yes", "3", "12"],
        ["second", "well", "0.7500", "yes", "11", "12"],
        ["third", "well", "0.2500", "no", "", "12"],
    ]
    assert "champion: version 11, hr_at_10 0.7500" in answer.out
    assert "versions pushed: 3, 11" in answer.out


def test_run_that_stopped(autoncf, locations, remember):
    remember(first="Trainer", second="")
    answer = autoncf("status", "--root", locations.root)
    assert answer.status == 0
    assert [row[1] for row in rows(answer.out)] == ["stopped at Trainer", "stopped"]
    assert "No version has been pushed yet." in answer.out


def test_last_runs_alone(autoncf, locations, remember):
    remember(first="Trainer", second="Trainer", third="Trainer")
    answer = autoncf("status", "--root", locations.root, "--last", 2)
    assert [row[0] for row in rows(answer.out)] == ["second", "third"]


def test_half_a_version_is_no_champion(autoncf, locations, remember):
    remember(first="AtomicPusher")
    add(locations, "first", 3)
    (locations.serving / "9").mkdir()
    (locations.serving / ".staging").mkdir()
    answer = autoncf("status", "--root", locations.root)
    assert "champion: version 3" in answer.out
    assert "versions pushed: 3\n" in answer.out
