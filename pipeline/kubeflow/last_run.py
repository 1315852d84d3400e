"""What a run leaves for the next: where its artifacts are, the accepted statistics among them."""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict

from components import storage
from pipeline.kubeflow.executor_input import Artifact
from pipeline.kubeflow.imported import imported_artifact
from pipeline.kubeflow.own_tasks import TUNER_RESULTS
from pipeline.kubeflow.remote_root import RemoteRoot

_ACCEPTED = "accepted"
_KEPT = ("examples", _ACCEPTED, TUNER_RESULTS, "model_run", "evaluation")
"""The inputs of the Conclusion that are noted, if they are there; each has files."""


class _Place(BaseModel):
    uri: str
    metadata: dict[str, Any] = {}

    def is_there(self) -> bool:
        return bool(storage.files_below(self.uri))


class LastRun(BaseModel):
    """The last run that ended well.

    Attributes:
        artifacts: where they are, by the Conclusion's input key.
        generation: changes when artifacts are gone, and with it what tasks are compared by in the cache.
    """

    model_config = ConfigDict(frozen=True)

    artifacts: dict[str, _Place] = {}
    generation: str = ""

    @classmethod
    def read(cls, root: RemoteRoot) -> "LastRun":
        """The run's note in the root; an empty one before the first run has ended."""
        if not storage.exists(root.last_run):
            return cls()
        return cls.model_validate_json(storage.read_text(root.last_run))

    def accepted_statistics(self) -> str:
        """What the next run's data is measured by, as an imported artifact; "" if there is nothing."""
        accepted = self.artifacts.get(_ACCEPTED)
        return imported_artifact(accepted.uri, accepted.metadata) if accepted and accepted.is_there() else ""

    def next_generation(self, run_id: str) -> str:
        """That of the next run: a new one once artifacts were removed, as rules of buckets do.

        Kubeflow's cache does not look whether what it answers with is still there.
        """
        return self.generation if all(place.is_there() for place in self.artifacts.values()) else run_id


def remember_run(root: RemoteRoot, artifacts: Mapping[str, Artifact], generation: str) -> None:
    """Writes the note of a run that ended well.

    Args:
        root: of the deployment.
        artifacts: the Conclusion's inputs by key.
        generation: of the run.
    """
    places = {key: _Place.model_validate(artifacts[key]) for key in _KEPT if key in artifacts}
    storage.write_text(root.last_run, LastRun(artifacts=places, generation=generation).model_dump_json())
