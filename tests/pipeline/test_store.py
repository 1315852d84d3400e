"""Reading what the metadata store remembers, from a store filled by hand."""

from pathlib import Path

import pytest
from ml_metadata import metadata_store as mlmd
from ml_metadata.proto import metadata_store_pb2

from pipeline.store import Artifact, Event, Execution, read_runs


class Store:
    """A metadata store as TFX fills it: a context per run and per node, an execution per component."""

    def __init__(self, path: Path):
        config = metadata_store_pb2.ConnectionConfig()
        config.sqlite.filename_uri = str(path)
        config.sqlite.connection_mode = metadata_store_pb2.SqliteMetadataSourceConfig.READWRITE_OPENCREATE
        self.store = mlmd.MetadataStore(config)

    def add_run(self, run_id: str) -> int:
        return self._context("pipeline_run", run_id)

    def add_component(self, run: int, name: str, state: int, uris: dict[str, str], live: bool = True) -> None:
        type_id = self.store.put_execution_type(metadata_store_pb2.ExecutionType(name=name))
        artifact_type = self.store.put_artifact_type(metadata_store_pb2.ArtifactType(name="Anything"))
        artifact_state = Artifact.LIVE if live else Artifact.ABANDONED
        pairs = []
        for key, uri in uris.items():
            event = Event(type=Event.OUTPUT)
            event.path.steps.add().key = key
            pairs.append((Artifact(type_id=artifact_type, uri=uri, state=artifact_state), event))
        node = self._context("node", f"autoncf.{name}")
        contexts = self.store.get_contexts_by_id([run, node])
        self.store.put_execution(Execution(type_id=type_id, last_known_state=state), pairs, contexts)

    def _context(self, type_name: str, name: str) -> int:
        type_id = self.store.put_context_type(metadata_store_pb2.ContextType(name=type_name))
        known = self.store.get_context_by_type_and_name(type_name, name)
        if known is not None:
            return known.id
        [context] = self.store.put_contexts([metadata_store_pb2.Context(type_id=type_id, name=name)])
        return context


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
