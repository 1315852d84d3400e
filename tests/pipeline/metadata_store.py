"""A metadata store as TFX fills it, filled by hand."""

from collections.abc import Collection
from pathlib import Path

from ml_metadata import metadata_store as mlmd
from ml_metadata.proto.metadata_store_pb2 import (
    ArtifactType,
    ConnectionConfig,
    ContextType,
    ExecutionType,
    SqliteMetadataSourceConfig,
)

from pipeline.store import Artifact, Context, Event, Execution


class Store:
    """A context per run and per node, an execution per component.

    Args:
        path: of the SQLite file, made if it is not there.

    Attributes:
        store: the real one.
    """

    def __init__(self, path: Path):
        config = ConnectionConfig()
        config.sqlite.filename_uri = str(path)
        config.sqlite.connection_mode = SqliteMetadataSourceConfig.READWRITE_OPENCREATE
        self.store = mlmd.MetadataStore(config)

    def add_run(self, run_id: str) -> int:
        """A run that has begun; answers its context's id."""
        return self._context("pipeline_run", run_id)

    def add_component(self, run: int, name: str, state: int, uris: dict[str, str], live: bool = True) -> None:
        """A component in one step."""
        self.publish(
            self.begin(run, name), state, {key: self.artifact(uri, live) for key, uri in uris.items()}
        )

    def begin(self, run: int, name: str, inputs: Collection[Artifact] = ()) -> Execution:
        """A component that has begun with these artifacts."""
        type_id = self.store.put_execution_type(ExecutionType(name=name))
        contexts = self.store.get_contexts_by_id([run, self._context("node", f"autoncf.{name}")])
        execution = Execution(type_id=type_id, last_known_state=Execution.RUNNING)
        return self._put(
            execution, [(artifact, _event(Event.INPUT, "input")) for artifact in inputs], contexts
        )

    def artifact(self, uri: str, live: bool = True) -> Artifact:
        """An artifact to be published."""
        type_id = self.store.put_artifact_type(ArtifactType(name="Anything"))
        return Artifact(type_id=type_id, uri=uri, state=Artifact.LIVE if live else Artifact.ABANDONED)

    def publish(self, execution: Execution, state: int, outputs: dict[str, Artifact]) -> None:
        """The component has ended, with these outputs."""
        execution.last_known_state = state
        self._put(execution, [(artifact, _event(Event.OUTPUT, key)) for key, artifact in outputs.items()], [])

    def _put(
        self, execution: Execution, pairs: list[tuple[Artifact, Event]], contexts: list[Context]
    ) -> Execution:
        execution_id, artifact_ids, _ = self.store.put_execution(execution, pairs, contexts)
        for (artifact, _), artifact_id in zip(pairs, artifact_ids, strict=True):
            artifact.id = artifact_id
        [known] = self.store.get_executions_by_id([execution_id])
        return known

    def _context(self, type_name: str, name: str) -> int:
        type_id = self.store.put_context_type(ContextType(name=type_name))
        known = self.store.get_context_by_type_and_name(type_name, name)
        if known is not None:
            return known.id
        [context] = self.store.put_contexts([Context(type_id=type_id, name=name)])
        return context


def _event(kind: int, key: str) -> Event:
    event = Event(type=kind)
    event.path.steps.add().key = key
    return event
