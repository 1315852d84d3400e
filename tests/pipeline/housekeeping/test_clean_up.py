"""How much of the past stays after a run."""

import functools
import os
from unittest import mock

import pytest
from ml_metadata import errors

from components.pusher.lock import hold_versions
from pipeline.housekeeping.cleaning import clean_up
from pipeline.housekeeping.preparation import prepare_root
from pipeline.housekeeping.settings import RetentionSettings
from pipeline.locations import MODEL_NAME
from pipeline.store import Execution
from serving.model_config import ModelSource, VersionPolicy, write_model_config
from serving.versions import list_versions
from tests.pipeline.housekeeping.simulated_root import COMPONENTS, KILOBYTES, SimulatedRoot

RETENTION = RetentionSettings(versions=3, runs=2)


@pytest.fixture
def root(tmp_path):
    return SimulatedRoot(tmp_path / "root")


def kilobytes(folder):
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 1000


def push(root, *versions):
    for version in versions:
        folder = root.locations.serving / str(version)
        folder.mkdir(parents=True)
        (folder / "saved_model.pb").write_bytes(b"model")


def test_new_root(root):
    assert clean_up(root.locations, RETENTION) == []
    assert not root.locations.metadata.exists()


def test_artifacts_of_the_last_runs_stay(root):
    for _ in range(4):  # four executions each
        root.run()
    assert clean_up(root.locations, RETENTION) == []
    assert root.outputs() == root.live() == set(zip([*COMPONENTS] * 2, range(9, 17), strict=True))
    for component in COMPONENTS:
        kept = (root.locations.artifacts / component / ".system" / "executor_execution").iterdir()
        assert {int(path.name) for path in kept} == {
            number for name, number in root.outputs() if name == component
        }
    assert prepare_root(root.locations) == []
    assert clean_up(root.locations, RETENTION) == []


def test_what_the_cache_answered_with_stays(root):
    root.run()  # executions 1 to 4
    root.run(cached=2)  # 5 and 6 are 1 and 2 again; 7 and 8
    root.run(cached=2)  # 9 and 10 are 1 and 2 again; 11 and 12
    clean_up(root.locations, RETENTION)
    assert {number for _, number in root.outputs()} == {1, 2, 7, 8, 11, 12}


def test_failed_runs_do_not_push_good_ones_out(root):
    root.run()  # 1 to 4
    root.run()  # 5 to 8
    for _ in range(5):
        root.run(killed_in="Transform")  # 9 to 11, and so on; the last begin with 18 and 21
    clean_up(root.locations, RETENTION)
    assert root.outputs() == root.live()
    assert {number for _, number in root.outputs()} == {*range(1, 9), 18, 19, 21, 22}
    assert Execution.RUNNING not in [e.last_known_state for e in root.store.store.get_executions()]


def test_statistics_that_were_accepted_last_stay(root):
    """Nights whose data is refused leave none, however many they are, and the next is measured by these."""
    root.run(killed_in="Transform")  # accepted in execution 2
    for _ in range(3):
        root.run(killed_in="InteractionValidator")
    clean_up(root.locations, RETENTION)
    assert ("InteractionValidator", 2) in root.outputs()
    assert ("InteractionExampleGen", 1) not in root.outputs()


def test_logs_go_with_their_runs(root):
    ids = [root.run() for _ in range(4)]
    runs = {context.name: context for context in root.store.store.get_contexts_by_type("pipeline_run")}
    for run_id in ids:  # each log ends as its run begins, and a millisecond decides
        ended = runs[run_id].create_time_since_epoch * 1_000_000 + 500_000
        os.utime(root.locations.logs / f"{run_id}.log", ns=(ended, ended))
    clean_up(root.locations, RETENTION)
    assert sorted(path.stem for path in root.locations.logs.iterdir()) == sorted(ids[2:])
    assert len(list(root.locations.summaries.iterdir())) == 4


def test_versions_stay_by_policy_and_by_name(root):
    push(root, *range(1, 10))
    policy = VersionPolicy(latest=None, versions=(2, 4))
    source = ModelSource(root.locations.serving, policy, {"stable": 4})
    write_model_config(root.locations.models_config, MODEL_NAME, source)
    for version in (1, 8):
        (root.locations.champion / str(version)).mkdir(parents=True)
    assert clean_up(root.locations, RETENTION) == ["Removed version 1, 3, 5, 6 by retention.versions = 3."]
    assert list_versions(root.locations.serving) == [2, 4, 7, 8, 9]
    assert [path.name for path in root.locations.champion.iterdir()] == ["8"]


def test_search_that_was_at_work_last_stays(root):
    for number, name in enumerate(["b", "c", "a"]):
        folder = root.locations.unfinished_searches / name
        folder.mkdir(parents=True)
        (folder / "search.json").write_text("{}")
        os.utime(folder, (number, number))
    (root.locations.searches / "2026-01-02").mkdir()
    assert clean_up(root.locations, RETENTION) == []
    assert [path.name for path in root.locations.unfinished_searches.iterdir()] == ["a"]
    assert (root.locations.searches / "2026-01-02").is_dir()


@pytest.mark.parametrize(
    ("policy", "left"),
    [
        (VersionPolicy(latest=1), [7, 8, 9]),
        (VersionPolicy(latest=5), [5, 6, 7, 8, 9]),
        (VersionPolicy(latest=None), list(range(1, 10))),
    ],
    ids=["newest", "newest five", "all"],
)
def test_served_versions_stay(root, policy, left):
    push(root, *range(1, 10))
    write_model_config(root.locations.models_config, MODEL_NAME, ModelSource(root.locations.serving, policy))
    clean_up(root.locations, RETENTION)
    assert list_versions(root.locations.serving) == left


def test_labels_are_read_once_nobody_can_move_them(root, monkeypatch):
    """Between a look at models.config and the removal a label could be given to what is removed."""
    push(root, *range(1, 5))
    impatient = functools.partial(hold_versions, patience_seconds=0)
    monkeypatch.setattr("pipeline.housekeeping.cleaning.hold_versions", impatient)
    with hold_versions(root.locations.serving):
        [note] = clean_up(root.locations, RETENTION)
    assert "another process has been changing the versions" in note
    assert list_versions(root.locations.serving) == [1, 2, 3, 4]


def test_what_cannot_be_removed_is_told_and_breaks_nothing(root):
    for _ in range(3):
        root.run()
    push(root, *range(1, 5))
    root.locations.models_config.write_text("not a config")
    [note] = clean_up(root.locations, RETENTION)
    assert "could not be removed" in note
    assert str(root.locations.models_config) in note
    assert "tried again after the next run" in note
    assert list_versions(root.locations.serving) == [1, 2, 3, 4]
    assert {number for _, number in root.outputs()} == set(range(5, 13))  # the other part went on


def test_killed_while_removing(root):
    """Files go first and the metadata follows: what is missing then is found before the next run."""
    for _ in range(3):
        root.run()
    (root.folder("Trainer", 4) / "Split-train" / "data.gz").unlink()
    [note] = prepare_root(root.locations)
    assert "Trainer" in note
    clean_up(root.locations, RETENTION)
    assert root.outputs() == root.live() == set(zip([*COMPONENTS] * 2, range(5, 13), strict=True))


def test_full_disk_is_freed_although_nothing_can_be_written(root, monkeypatch):
    for _ in range(3):
        root.run()
    full = errors.InternalError("Error when executing query: database or disk is full query: UPDATE")
    with monkeypatch.context() as patched:
        patched.setattr("pipeline.housekeeping.cleaning.mark_deleted", mock.Mock(side_effect=full))
        [note] = clean_up(root.locations, RETENTION)
    assert "database or disk is full" in note
    assert {number for _, number in root.outputs()} == set(range(5, 13))
    assert clean_up(root.locations, RETENTION) == []
    assert root.outputs() == root.live()


def test_disk_is_bounded_over_a_month(root):
    """Good nights, refused data, broken-down nights, and nights that go on where the last one broke down."""
    nights = [
        {},
        {"cached": 1},
        {"killed_in": "Trainer"},
        {"cached": 3},
        {"killed_in": "InteractionValidator"},
    ]
    used, metadata = [], []
    for night in range(30):
        prepare_root(root.locations)
        root.run(**nights[night % len(nights)])
        push(root, night + 1)
        clean_up(root.locations, RETENTION)
        used.append(kilobytes(root.locations.artifacts) + kilobytes(root.locations.serving))
        metadata.append(kilobytes(root.locations.root) - used[-1])
    outputs = sum(map(len, COMPONENTS.values()))
    # Two runs that ended well, two runs of any end, and the statistics that were accepted last.
    assert max(used) < (4 * outputs + 2) * (KILOBYTES + 1)
    assert max(used[10:]) < max(used[:10]) + 1
    assert list_versions(root.locations.serving) == [28, 29, 30]
    assert metadata[-1] < 600
