"""Runs, components and artifacts, as the ML Metadata store of a root remembers them."""

import dataclasses
from collections.abc import Iterable
from pathlib import Path

from ml_metadata import errors
from ml_metadata import metadata_store as mlmd
from ml_metadata.proto.metadata_store_pb2 import (
    Artifact,
    ConnectionConfig,
    Context,
    Event,
    Execution,
    SqliteMetadataSourceConfig,
)

from pipeline.run_failed import RunFailed

STATES = {
    Execution.COMPLETE: "ran",
    Execution.CACHED: "cached",
    Execution.FAILED: "failed",
    Execution.RUNNING: "running",
}


@dataclasses.dataclass(frozen=True)
class ComponentRun:
    """One component in one run.

    Attributes:
        name: its id in the pipeline.
        state: "ran", "cached", "failed", "running" or "other".
        seconds: from start to publication.
        outputs: artifacts by output key.
    """

    name: str
    state: str
    seconds: float
    outputs: dict[str, Artifact]


@dataclasses.dataclass(frozen=True)
class Run:
    """One run of the pipeline: its id (the time it started) and its components in the order they ran."""

    run_id: str
    components: tuple[ComponentRun, ...]

    def component(self, name: str) -> ComponentRun | None:
        """The component of that name, if it was reached."""
        return next((component for component in self.components if component.name == name), None)

    def output(self, name: str, key: str) -> Artifact:
        """A component's output.

        Raises:
            LookupError: if the run did not come that far.
        """
        component = self.component(name)
        if component is None or key not in component.outputs:
            raise LookupError(f"run {self.run_id} has no output {key!r} of {name}.")
        return component.outputs[key]

    def output_uri(self, name: str, key: str) -> Path:
        """Where a component's output lies; raises as `output`."""
        return Path(self.output(name, key).uri)


def read_runs(metadata: Path, last: int) -> list[Run]:
    """The last runs that the store at `metadata` (SQLite) knows, the oldest first; none without a store.

    Raises:
        RunFailed: if it cannot be read: it is damaged, or another process keeps it locked.
    """
    if not metadata.is_file():
        return []
    try:
        store = open_store(metadata)
        return [_run(store, context) for context in run_contexts(store)[-last:]]
    except (RuntimeError, errors.StatusError) as error:
        # The statement that it failed at is told at length.
        reason = str(error).removeprefix("Error when executing query: ").partition(" query:")[0]
        raise RunFailed(
            f"{metadata}: cannot be read ({reason}); `autoncf run` sets it aside if it is damaged."
        ) from error


def open_store(metadata: Path) -> mlmd.MetadataStore:
    """The store in a SQLite file that is there; one that ML Metadata has not written to yet becomes a store.

    Raises:
        RuntimeError: if the file is no metadata store.
    """
    config = ConnectionConfig()
    config.sqlite.filename_uri = str(metadata)
    config.sqlite.connection_mode = SqliteMetadataSourceConfig.READWRITE
    return mlmd.MetadataStore(config)


def run_contexts(store: mlmd.MetadataStore) -> list[Context]:
    """The contexts of all runs, whose names are the runs' ids, the oldest first."""
    try:
        contexts = store.get_contexts_by_type("pipeline_run")
    except errors.NotFoundError:
        return []
    return sorted(contexts, key=lambda context: context.id)


def _run(store: mlmd.MetadataStore, context: Context) -> Run:
    executions = sorted(store.get_executions_by_context(context.id), key=lambda execution: execution.id)
    return Run(context.name, tuple(_component_run(store, execution) for execution in executions))


def _node_name(store: mlmd.MetadataStore, execution: Execution) -> str:
    """The component's id: the name of its `node` context without the pipeline's name in front."""
    for context in store.get_contexts_by_execution(execution.id):
        if context.type == "node":
            return context.name.rpartition(".")[2]
    return execution.name


def _component_run(store: mlmd.MetadataStore, execution: Execution) -> ComponentRun:
    milliseconds = execution.last_update_time_since_epoch - execution.create_time_since_epoch
    events = store.get_events_by_execution_ids([execution.id])
    return ComponentRun(
        _node_name(store, execution),
        STATES.get(execution.last_known_state, "other"),
        milliseconds / 1000,
        _outputs(store, events),
    )


def _outputs(store: mlmd.MetadataStore, events: Iterable[Event]) -> dict[str, Artifact]:
    keys = {
        event.artifact_id: event.path.steps[0].key
        for event in events
        if event.type == Event.OUTPUT and event.path.steps
    }
    artifacts = store.get_artifacts_by_id(list(keys)) if keys else []
    return {keys[artifact.id]: artifact for artifact in artifacts if artifact.state == Artifact.LIVE}
