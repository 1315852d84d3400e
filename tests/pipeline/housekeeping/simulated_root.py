"""A root as runs leave it, without running anything: files as TFX lays them out, and their metadata."""

import datetime
from collections.abc import Mapping
from pathlib import Path

from pipeline.housekeeping.manifest import record_outputs
from pipeline.locations import Locations
from pipeline.store import Artifact, Execution
from tests.pipeline.metadata_store import Store

COMPONENTS: Mapping[str, tuple[str, ...]] = {
    "InteractionExampleGen": ("examples",),
    "InteractionValidator": ("anomalies", "accepted"),
    "Transform": ("transform_graph", "transformed_examples"),
    "Trainer": ("model",),
}
"""The outputs of each, in the order they run; each takes all outputs of the one before."""

KILOBYTES = 10
"""What every output weighs."""


class SimulatedRoot:
    """Runs leave traces in it; each takes new data, unless told that it comes from the cache.

    Args:
        root: of the deployment, made if it is not there.
    """

    def __init__(self, root: Path):
        self.locations = Locations(root)
        for folder in (self.locations.artifacts, self.locations.logs, self.locations.summaries):
            folder.mkdir(parents=True, exist_ok=True)
        self.runs = 0
        self._last: dict[str, dict[str, Artifact]] = {}

    @property
    def store(self) -> Store:
        """The metadata store; made by the first run."""
        return Store(self.locations.metadata)

    def run(self, cached: int = 0, killed_in: str | None = None) -> str:
        """One run.

        Args:
            cached: how many of the first components the cache answers.
            killed_in: this component is killed with half its outputs written; None: the run ends well.

        Returns:
            the run's id.
        """
        self.runs += 1
        run_id = (datetime.datetime(2026, 1, 1) + datetime.timedelta(days=self.runs)).isoformat()
        run = self.store.add_run(run_id)
        (self.locations.logs / f"{run_id}.log").write_text("log\n")
        inputs: list[Artifact] = []
        for number, name in enumerate(COMPONENTS):
            execution = self.store.begin(run, name, inputs)
            if number < cached:
                self.store.publish(execution, Execution.CACHED, self._last[name])
            else:
                self._write(name, execution.id, half=name == killed_in)
                if name == killed_in:
                    return run_id
                self._publish(name, execution)
            inputs = list(self._last[name].values())
        (self.locations.summaries / f"{run_id}.json").write_text("{}")
        return run_id

    def folder(self, component: str, execution_id: int) -> Path:
        """The folder of the component's first output."""
        return self.locations.artifacts / component / COMPONENTS[component][0] / str(execution_id)

    def outputs(self) -> set[tuple[str, int]]:
        """Component and execution id of every output folder there is."""
        return {
            (path.parents[1].name, int(path.name))
            for path in self.locations.artifacts.glob("*/*/*")
            if ".system" not in path.parts
        }

    def live(self) -> set[tuple[str, int]]:
        """The same of every live artifact."""
        paths = [Path(a.uri) for a in self.store.store.get_artifacts() if a.state == Artifact.LIVE]
        return {(path.parents[1].name, int(path.name)) for path in paths}

    def _write(self, name: str, execution_id: int, half: bool) -> None:
        component = self.locations.artifacts / name
        (component / ".system" / "executor_execution" / str(execution_id) / ".temp").mkdir(parents=True)
        (component / ".system" / "stateful_working_dir" / f"some-{execution_id}").mkdir(parents=True)
        for key in COMPONENTS[name][: 1 if half else None]:
            folder = component / key / str(execution_id) / "Split-train"
            folder.mkdir(parents=True)
            (folder / "data.gz").write_bytes(b"x" * 1000 * (KILOBYTES // 2 if half else KILOBYTES))
            (folder / "empty").touch()

    def _publish(self, name: str, execution: Execution) -> None:
        component = self.locations.artifacts / name
        uris = {key: str(component / key / str(execution.id)) for key in COMPONENTS[name]}
        self._last[name] = {key: self.store.artifact(uri) for key, uri in uris.items()}
        self.store.publish(execution, Execution.COMPLETE, self._last[name])
        record_outputs(component, execution.id)
