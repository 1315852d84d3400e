"""A root is sound before a run, whatever became of the runs before."""

import os
import shutil

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from components.pusher.layout import STAGING_FOLDER
from pipeline.housekeeping.preparation import prepare_root
from pipeline.store import Artifact, Execution
from tests.pipeline.housekeeping.simulated_root import COMPONENTS, SimulatedRoot


@pytest.fixture
def root(tmp_path):
    return SimulatedRoot(tmp_path / "root")


def states(root):
    return [execution.last_known_state for execution in root.store.store.get_executions()]


def test_new_root(root):
    assert prepare_root(root.locations) == []
    assert not root.locations.metadata.exists()


def test_root_that_was_left_well_stays_as_it_is(root):
    root.run()
    root.run(cached=2)
    files = sorted(path for path in root.locations.root.rglob("*") if path.is_file())
    artifacts = root.store.store.get_artifacts()
    assert prepare_root(root.locations) == []
    assert sorted(path for path in root.locations.root.rglob("*") if path.is_file()) == files
    # An artifact that is touched in the store is another one to the cache.
    assert root.store.store.get_artifacts() == artifacts


def test_killed_execution_has_failed_and_leaves_nothing(root):
    root.run(killed_in="Transform")  # executions 1, 2 and 3
    assert ("Transform", 3) in root.outputs()
    assert prepare_root(root.locations) == []
    assert states(root) == [Execution.COMPLETE, Execution.COMPLETE, Execution.FAILED]
    assert root.outputs() == root.live() == {("InteractionExampleGen", 1), ("InteractionValidator", 2)}
    assert list((root.locations.artifacts / "Transform").rglob("*/3")) == []
    assert list(root.locations.artifacts.rglob(".temp")) == []
    assert list(root.locations.artifacts.glob("*/.system/stateful_working_dir/*")) == []


def test_pending_outputs_are_abandoned(root):
    """The local runner registers outputs when they are there; other runners, before."""
    run = root.store.add_run("r")
    pending = root.store.artifact(str(root.locations.artifacts / "Trainer/model/1"))
    pending.state = Artifact.PENDING
    root.store.publish(root.store.begin(run, "Trainer"), Execution.RUNNING, {"model": pending})
    prepare_root(root.locations)
    [artifact] = root.store.store.get_artifacts()
    assert artifact.state == Artifact.ABANDONED
    assert states(root) == [Execution.FAILED]


def cut_off(folder):
    os.truncate(folder / "Split-train" / "data.gz", 500)


def empty(folder):
    os.truncate(folder / "Split-train" / "data.gz", 0)


def lose_a_file(folder):
    (folder / "Split-train" / "empty").unlink()


def lose_the_manifest(folder):
    shutil.rmtree(folder.parents[1] / ".system")


@pytest.mark.parametrize("damage", [cut_off, empty, lose_a_file, lose_the_manifest, shutil.rmtree])
def test_half_written_artifact_is_never_answered_from_the_cache(root, damage):
    root.run()
    damage(root.folder("Transform", 3))
    [note] = prepare_root(root.locations)
    assert note == "Removed what is not whole of Transform; it is made again if need be."
    states = {artifact.uri: artifact.state for artifact in root.store.store.get_artifacts()}
    for key in COMPONENTS["Transform"]:  # TFX takes all outputs of an execution from the cache, or none
        path = root.locations.artifacts / "Transform" / key / "3"
        assert states[str(path)] == Artifact.DELETED
        assert not path.exists()
    assert root.outputs() == root.live()
    assert ("Trainer", 4) in root.live()
    assert prepare_root(root.locations) == []


def test_lost_store_leaves_no_outputs_that_new_executions_would_write_into(root):
    root.run()
    root.locations.metadata.unlink()
    prepare_root(root.locations)
    assert root.outputs() == set()
    assert list(root.locations.artifacts.glob("*/.system/executor_execution/*")) == []


def test_staged_version_goes_and_versions_stay(root):
    for name in ("7", STAGING_FOLDER):
        (root.locations.serving / name).mkdir(parents=True)
    prepare_root(root.locations)
    assert [path.name for path in root.locations.serving.iterdir()] == ["7"]


@pytest.mark.parametrize("move", [shutil.move, shutil.copytree])
def test_root_that_was_moved_or_copied(root, tmp_path, move):
    """What its store knows lies at the old place, or nowhere, and would be read from there."""
    root.run()
    root.run(killed_in="Transform")
    move(root.locations.root, tmp_path / "elsewhere" / "root")
    other = SimulatedRoot(tmp_path / "elsewhere" / "root")
    [note] = prepare_root(other.locations)
    assert note.startswith(f"{other.locations.root} was moved or copied from {root.locations.root},")
    assert other.live() == other.outputs() == set()
    assert prepare_root(other.locations) == []
    other.run()
    assert other.live() == other.outputs() == set(zip(COMPONENTS, range(8, 12), strict=True))
    assert prepare_root(other.locations) == []
    if move is shutil.copytree:
        assert prepare_root(root.locations) == []
        assert (
            root.live()
            == root.outputs()
            == {
                *zip(COMPONENTS, range(1, 5), strict=True),
                ("InteractionExampleGen", 5),
                ("InteractionValidator", 6),
            }
        )


def test_imported_artifacts_below_a_folder_of_that_name(tmp_path):
    """The champion's view is no output, although it looks like one of TFX's here."""
    root = SimulatedRoot(tmp_path / "artifacts" / "shop")
    root.run()
    champion = root.store.artifact(str(root.locations.champion / "7"))
    root.store.publish(
        root.store.begin(root.store.add_run("r"), "Champion"), Execution.COMPLETE, {"r": champion}
    )
    assert prepare_root(root.locations) == []
    assert root.store.store.get_artifacts_by_id([champion.id])[0].state == Artifact.LIVE


def test_imported_artifacts_and_foreign_files_are_left_alone(root):
    root.run()
    run = root.store.add_run("r")
    champion = root.store.artifact(str(root.locations.champion / "7"))
    root.store.publish(root.store.begin(run, "Champion"), Execution.COMPLETE, {"result": champion})
    notes = root.locations.artifacts / "Trainer" / "model" / "my notes.txt"
    notes.write_text("keep me")
    assert prepare_root(root.locations) == []
    assert root.store.store.get_artifacts_by_id([champion.id])[0].state == Artifact.LIVE
    assert notes.exists()


events = st.one_of(
    st.builds(lambda name: ("kill", name), st.sampled_from(sorted(COMPONENTS))),
    st.just(("run", None)),
    st.builds(lambda index: ("damage", index), st.integers(0, 20)),
)


@settings(max_examples=8, deadline=None)
@given(history=st.lists(events, min_size=1, max_size=5))
def test_any_history(tmp_path_factory, history):
    root = SimulatedRoot(tmp_path_factory.mktemp("any") / "root")
    broken = set()
    for kind, value in history:
        if kind == "damage":
            files = sorted(root.locations.artifacts.glob("*/*/*/Split-train/data.gz"))
            if files:
                file = files[value % len(files)]
                file.write_bytes(b"half")
                broken.add((file.parents[3].name, int(file.parents[1].name)))
        else:
            root.run(killed_in=value)
    whole = (root.live() if root.locations.metadata.exists() else set()) - broken
    prepare_root(root.locations)
    assert root.outputs() == whole
    if root.locations.metadata.exists():
        assert root.live() == whole
        assert Execution.RUNNING not in states(root)
    assert prepare_root(root.locations) == []
