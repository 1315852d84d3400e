"""What the metadata store knows of the artifacts on disk, and how it is told that they are gone."""

import dataclasses
from collections.abc import Iterable
from pathlib import Path

from ml_metadata import metadata_store as mlmd

from pipeline.store import Artifact, Execution


@dataclasses.dataclass(frozen=True)
class Outputs:
    """The live artifacts that one execution wrote.

    Attributes:
        component: id of the component.
        execution_id: by the metadata store.
        artifacts: those at `ARTIFACTS/component/KEY/execution_id`, by key.
    """

    component: str
    execution_id: int
    artifacts: dict[str, Artifact]

    @property
    def artifact_ids(self) -> set[int]:
        """By the metadata store."""
        return {artifact.id for artifact in self.artifacts.values()}


def live_outputs(store: mlmd.MetadataStore, artifacts: Path) -> list[Outputs]:
    """What lies, or should lie, below `artifacts`, execution by execution, the oldest first.

    Artifacts elsewhere, such as imported ones, are none of the housekeeping's business.
    """
    found: dict[tuple[int, str], dict[str, Artifact]] = {}
    for artifact in store.get_artifacts():
        uri = Path(artifact.uri)
        if artifact.state == Artifact.LIVE and uri.is_relative_to(artifacts):
            component, key, execution_id, *_ = uri.relative_to(artifacts).parts
            found.setdefault((int(execution_id), component), {})[key] = artifact
    return [Outputs(component, number, found[number, component]) for number, component in sorted(found)]


def mark_deleted(store: mlmd.MetadataStore, gone: Iterable[Outputs]) -> None:
    """From now on nothing is answered from the cache with these artifacts, and no resolver finds them."""
    artifacts = [artifact for outputs in gone for artifact in outputs.artifacts.values()]
    for artifact in artifacts:
        artifact.state = Artifact.DELETED
    if artifacts:
        store.put_artifacts(artifacts)


def fail_unfinished(store: mlmd.MetadataStore) -> None:
    """Executions that a killed run left running have failed, and what they meant to write is abandoned."""
    unfinished = [
        execution
        for execution in store.get_executions()
        if execution.last_known_state in (Execution.NEW, Execution.RUNNING)
    ]
    if not unfinished:
        return
    for execution in unfinished:
        execution.last_known_state = Execution.FAILED
    store.put_executions(unfinished)
    pending = [artifact for artifact in store.get_artifacts() if artifact.state == Artifact.PENDING]
    for artifact in pending:
        artifact.state = Artifact.ABANDONED
    if pending:
        store.put_artifacts(pending)
