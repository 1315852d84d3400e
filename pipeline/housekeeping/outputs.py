"""What the metadata store knows of the artifacts on disk, and how it is told that they are gone."""

import dataclasses
import re
from collections.abc import Iterable
from pathlib import Path

from ml_metadata import metadata_store as mlmd

from pipeline.store import Artifact, Execution

_PLACE = re.compile(r"(?P<root>/.+)/(?P<component>[^/]+)/(?P<key>[^/]+)/(?P<execution_id>[0-9]+)(?:/value)?")
"""Where TFX lays out what an execution writes; `value` holds a value artifact."""


@dataclasses.dataclass(frozen=True)
class Outputs:
    """The live artifacts that one execution wrote.

    Attributes:
        root: the folder that the artifacts of all components were written to.
        component: id of the component.
        execution_id: by the metadata store.
        artifacts: those at `root/component/KEY/execution_id`, by key.
    """

    root: Path
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
    return [outputs for outputs in _all_live(store) if outputs.root == artifacts]


def strayed_outputs(store: mlmd.MetadataStore, artifacts: Path) -> list[Outputs]:
    """The same of what was written below another root, before this one was moved or copied to its place."""
    here = artifacts.parent
    # The champion's view, HERE/champion/VERSION, looks like an output if HERE lies in a folder `artifacts`.
    return [
        outputs
        for outputs in _all_live(store)
        if outputs.root.name == artifacts.name and not (outputs.root / outputs.component).is_relative_to(here)
    ]


def _all_live(store: mlmd.MetadataStore) -> list[Outputs]:
    found: dict[tuple[int, str, str], dict[str, Artifact]] = {}
    for artifact in store.get_artifacts():
        place = _PLACE.fullmatch(artifact.uri)
        if artifact.state == Artifact.LIVE and place is not None:
            group = (int(place["execution_id"]), place["component"], place["root"])
            found.setdefault(group, {})[place["key"]] = artifact
    return [Outputs(Path(group[2]), group[1], group[0], found[group]) for group in sorted(found)]


def mark_deleted(store: mlmd.MetadataStore, gone: Iterable[Outputs]) -> None:
    """From now on nothing is answered from the cache with these artifacts, and no resolver finds them."""
    artifacts = [artifact for outputs in gone for artifact in outputs.artifacts.values()]
    for artifact in artifacts:
        artifact.state = Artifact.DELETED
    if artifacts:
        store.put_artifacts(artifacts)


def fail_unfinished(store: mlmd.MetadataStore) -> None:
    """Executions that a killed run left running have failed, and what they meant to write is abandoned.

    They stay in the store under their new state: ML Metadata can remove nothing.
    """
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
