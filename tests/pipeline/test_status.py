"""`autoncf status` over stores and summaries written by hand."""

import datetime
import json

import pytest

from pipeline.history import Night, append_night
from pipeline.locations import Locations
from pipeline.store import ComponentRun, Run
from pipeline.summary import SearchOutcome, write_summary
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
        ["first", "well", "0.5000", "3", "12"],
        ["second", "well", "0.7500", "11", "12"],
        ["third", "well", "0.2500", "not blessed", "12"],
    ]
    assert "champion: version 11, hr_at_10 0.7500" in answer.out
    assert "versions pushed: 3, 11" in answer.out


def test_run_that_searched(autoncf, locations, remember):
    remember(first="AtomicPusher", second="AtomicPusher")
    outcome = SearchOutcome(
        trials={"finished": 3}, objective="ndcg_at_10", value=0.5, trial=2, origin="mf", seconds=9.0
    )
    summary = make_summary("first", 3).model_copy(update={"search": outcome})
    write_summary(summary, locations.summary, locations.summaries)
    again = summary.model_copy(update={"run_id": "second", "cached": ["Transform", "Tuner"]})
    write_summary(again, locations.summary, locations.summaries)
    ended = [row[:2] for row in rows(autoncf("status", "--root", locations.root).out)]
    assert ended == [["first", "well, searched"], ["second", "well"]]
    told = json.loads(autoncf("status", "--root", locations.root, "--json").out)["runs"]
    assert [run["search"] for run in told] == [outcome.model_dump()] * 2


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


START = datetime.datetime(2026, 3, 1, 3).astimezone()
NIGHTS = [
    Night(at=START, outcome="pushed", version=7, run_id="first", attempts=1, seconds=61.5),
    Night(
        at=START + datetime.timedelta(days=1),
        outcome="skipped",
        reason="no new interactions since 2026-03-01 03:00; span-2 has no rows; span-3 waits for _SUCCESS",
    ),
    Night(
        at=START + datetime.timedelta(days=2),
        outcome="rejected",
        reason="span-3: [item_ids] drifted.\nMend it.",
        hook_failure="schedule.on_failure could not be told: exit status 1",
    ),
]


@pytest.fixture
def nights(locations):
    for night in NIGHTS:
        append_night(locations.history, night)


def test_nights_beside_runs(autoncf, locations, remember, nights, monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    remember(first="AtomicPusher")
    add(locations, "first", 7)
    answer = autoncf("status", "--root", locations.root)
    assert answer.status == 0
    assert rows(answer.out) == [
        ["first", "well", "0.7500", "7", "12"],
        ["2026-03-01 03:00", "pushed", "7", ""],
        ["2026-03-02 03:00", "skipped", "", NIGHTS[1].reason],
        ["2026-03-03 03:00", "rejected", "", "span-3: [item_ids] drifted."],
        ["", "", "", "Mend it."],
        ["", "", "", "schedule.on_failure could not be told: exit status 1"],
    ]


def test_eighty_columns_hold_every_word(autoncf, locations, remember, nights, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    remember()
    answer = autoncf("status", "--root", locations.root)
    assert max(map(len, answer.out.splitlines())) <= 80
    reasons = " ".join(row[3] for row in rows(answer.out) if row[3])
    assert reasons == " ".join(
        word for night in NIGHTS for word in f"{night.reason} {night.hook_failure}".split()
    )


def test_eighty_columns_hold_a_run(autoncf, locations, remember, monkeypatch):
    """Two metrics, a version that is a time, and one that was killed."""
    monkeypatch.setenv("COLUMNS", "80")
    remember(**{"2026-03-01T03:00:01.123456": "AtomicPusher", "2026-03-02T03:00:01.123456": "Trainer"})
    summary = make_summary("2026-03-01T03:00:01.123456", 1795434417)
    metrics = {"test": {"hr_at_10": 0.75, "ndcg_at_10": 0.5}}
    write_summary(summary.model_copy(update={"metrics": metrics}), locations.summary, locations.summaries)
    answer = autoncf("status", "--root", locations.root)
    first, *killed = rows(answer.out)
    assert first == ["2026-03-01 03:00", "well", "0.7500", "0.5000", "1795434417", "12"]
    assert "".join(row[1] for row in killed).replace(" ", "") == "stoppedatTrainer"


def test_nights_before_any_run(autoncf, locations, remember, nights):
    remember()
    answer = autoncf("status", "--root", locations.root, "--last", 1)
    assert next(row[0] for row in rows(answer.out)) == "2026-03-03 03:00"
    assert "No version has been pushed yet." in answer.out


def test_json(autoncf, locations, remember, nights):
    remember(first="AtomicPusher", second="Trainer")
    add(locations, "first", 7)
    answer = json.loads(autoncf("status", "--root", locations.root, "--json").out)
    assert answer["champion"] == {"version": 7, "metrics": {"hr_at_10": 0.75}}
    assert answer["versions"] == [7]
    assert [(run["run_id"], run["ended"]) for run in answer["runs"]] == [
        ("first", "well"),
        ("second", "stopped at Trainer"),
    ]
    assert answer["runs"][0]["metrics"]["test"] == {"hr_at_10": 0.75}
    assert [night["outcome"] for night in answer["nights"]] == ["pushed", "skipped", "rejected"]


def test_json_before_the_first_push(autoncf, locations, remember, nights):
    remember(first="Trainer")
    answer = json.loads(autoncf("status", "--root", locations.root, "--json").out)
    assert (answer["champion"], answer["versions"], answer["problems"]) == (None, [], [])


def test_nights_stand_as_they_ended(autoncf, locations, remember):
    """A clock that was a year ahead for one night must not hide the later ones."""
    remember()
    for year, reason in ((2026, "first"), (2027, "ahead"), (2026, "last")):
        append_night(locations.history, Night(at=START.replace(year=year), outcome="skipped", reason=reason))
    answer = autoncf("status", "--root", locations.root, "--last", 2)
    assert [row[3] for row in rows(answer.out)] == ["ahead", "last"]


def test_damaged_store_hides_nothing_else(autoncf, locations, nights):
    add(locations, "first", 7)
    locations.metadata.write_text("no database\n" * 1000)
    answer = autoncf("status", "--root", locations.root)
    assert answer.status == 0
    assert len(rows(answer.out)) >= len(NIGHTS)
    assert "champion: version 7, hr_at_10 0.7500" in answer.out
    assert f"{locations.metadata}: cannot be read (file is not a database)" in answer.out
    [problem] = json.loads(autoncf("status", "--root", locations.root, "--json").out)["problems"]
    assert problem.startswith(f"{locations.metadata}: cannot be read")


def test_broken_summary_hides_nothing_else(autoncf, locations, remember, nights):
    remember(first="AtomicPusher", second="Trainer")
    add(locations, "first", 7)
    broken = locations.summaries / "first.json"
    broken.write_text("")
    answer = autoncf("status", "--root", locations.root)
    assert answer.status == 0
    assert [row[1] for row in rows(answer.out)[:2]] == ["well", "stopped at Trainer"]
    assert "champion: version 7\n" in answer.out
    assert f"{broken}: is no summary of a run" in answer.out


def test_broken_history_hides_nothing_else(autoncf, locations, remember):
    remember(first="AtomicPusher")
    add(locations, "first", 7)
    locations.history.write_text("{}\n")
    answer = autoncf("status", "--root", locations.root)
    assert answer.status == 0
    assert "champion: version 7, hr_at_10 0.7500" in answer.out
    assert f"{locations.history}: line 1 is no night" in answer.out
