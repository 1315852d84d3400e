"""Reading what the metadata store remembers, from a store filled by hand."""

from pathlib import Path
from unittest import mock

import pytest

from pipeline.run_failed import RunFailed
from pipeline.store import Execution, read_runs
from tests.pipeline.metadata_store import Store


@pytest.fixture
def path(tmp_path):
    return tmp_path / "metadata.sqlite"


def test_no_store(path):
    assert read_runs(path, last=10) == []
    assert not path.exists()


def test_store_without_runs(path):
    Store(path)
    assert read_runs(path, last=10) == []


def test_runs_and_components_stand_in_their_order(path):
    store = Store(path)
    first, second = store.add_run("2026-02-01"), store.add_run("2026-01-01")
    store.add_component(first, "Transform", Execution.COMPLETE, {"graph": "/a/1"})
    store.add_component(first, "Trainer", Execution.FAILED, {})
    store.add_component(second, "Transform", Execution.CACHED, {"graph": "/a/1"})
    store.add_component(second, "Trainer", Execution.RUNNING, {})
    runs = read_runs(path, last=10)
    assert [run.run_id for run in runs] == ["2026-02-01", "2026-01-01"]
    assert read_runs(path, last=1) == runs[1:]
    assert [[(c.name, c.state) for c in run.components] for run in runs] == [
        [("Transform", "ran"), ("Trainer", "failed")],
        [("Transform", "cached"), ("Trainer", "running")],
    ]
    assert all(component.seconds >= 0 for run in runs for component in run.components)


def test_outputs_by_key(path):
    store = Store(path)
    run = store.add_run("r")
    uris = {"graph": "/a/graph", "transformed": "/a/transformed"}
    store.add_component(run, "Transform", Execution.COMPLETE, uris)
    [read] = read_runs(path, last=10)
    assert read.output_uri("Transform", "graph") == Path("/a/graph")
    assert read.output_uri("Transform", "transformed") == Path("/a/transformed")
    assert read.component("Trainer") is None
    for component, key in (("Transform", "other"), ("Trainer", "model")):
        with pytest.raises(LookupError, match=f"run r has no output '{key}' of {component}"):
            read.output_uri(component, key)


def test_output_that_was_never_published_is_not_there(path):
    store = Store(path)
    store.add_component(store.add_run("r"), "Trainer", Execution.FAILED, {"model": "/a"}, live=False)
    [read] = read_runs(path, last=10)
    assert read.component("Trainer").outputs == {}


def test_locked_store(path, monkeypatch):
    """ML Metadata gives up after half a minute; what it says then."""
    Store(path)
    locked = RuntimeError("Concurrent writes aborted after max number of retries.")
    monkeypatch.setattr("pipeline.store.open_store", mock.Mock(side_effect=locked))
    with pytest.raises(RunFailed, match=r"metadata.sqlite: cannot be read \(Concurrent writes aborted"):
        read_runs(path, last=10)


def test_damaged_store(path):
    path.write_text("no database\n" * 1000)
    with pytest.raises(RunFailed, match=r"cannot be read \(file is not a database\); `autoncf run` sets it"):
        read_runs(path, last=10)
