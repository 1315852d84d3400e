"""Runs compiled pipelines as the open-source backend of Kubeflow Pipelines v2 does, without a cluster.

Driver and launcher do what those of the backend do, read from their sources; a pod is a process of its own
with an empty disk, so that nothing passes from task to task but through the object store and the parameters.
Other than in a cluster, the image is not looked at, and `/tmp/kfp` and `/s3` lie on the pod's disk.
"""

import dataclasses
import itertools
import shutil
import threading
import time
import uuid
from collections.abc import Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from pathlib import Path
from typing import Any, Literal

from tests.pipeline.kubeflow.artifact_store import ArtifactStore
from tests.pipeline.kubeflow.driver import (
    Outputs,
    fingerprint,
    provision_outputs,
    resolve_inputs,
    run_parameters,
    with_defaults,
)
from tests.pipeline.kubeflow.launcher import Pod, TaskFailed, launch
from tests.pipeline.kubeflow.spec import Json, Pipeline, Refused, Task, read_pipeline

TASKS_AT_A_TIME = 2
LOG_CHARACTERS = 8000

State = Literal["SUCCEEDED", "CACHED", "FAILED", "SKIPPED"]


@dataclasses.dataclass(frozen=True)
class TaskRecord:
    """What became of a task.

    Attributes:
        state: SKIPPED if a task before it did not end well.
        executor_input: what its command was given.
        outputs: what it left; None unless it ended well.
        log: the end of what its command said, and why it failed.
        seconds: from start to end.
    """

    state: State
    executor_input: Json = dataclasses.field(default_factory=dict)
    outputs: Outputs | None = None
    log: str = ""
    seconds: float = 0.0


@dataclasses.dataclass(frozen=True)
class RunRecord:
    """What became of a run.

    Attributes:
        run_id: new for every run.
        root: URI below which its artifacts lie.
        tasks: by name.
    """

    run_id: str
    root: str
    tasks: dict[str, TaskRecord]

    def names(self, state: State) -> set[str]:
        """The tasks of that state."""
        return {name for name, record in self.tasks.items() if record.state == state}

    def logs(self) -> str:
        """The logs of the tasks that failed."""
        failed = sorted(self.names("FAILED"))
        return "\n".join(f"--- {name}\n{self.tasks[name].log}" for name in failed)


class Backend:
    """One installation: it remembers artifacts and the cache from run to run.

    Args:
        disk: folder for the disks of pods; each is removed when its task has ended.
        store: of the artifacts.
        secrets: of the namespace: values by key, by name.
        default_root: URI for artifacts of runs that name none, as the ConfigMap of the launcher has it.
    """

    def __init__(
        self,
        disk: Path,
        store: ArtifactStore,
        secrets: Mapping[str, Mapping[str, str]],
        default_root: str = "s3://bucket/runs",
    ):
        self._disk = disk
        self._store = store
        self._secrets = secrets
        self._default_root = default_root
        self._ids = itertools.count(1)
        self._cache: dict[str, Outputs] = {}
        self._lock = threading.Lock()

    def run(
        self, spec_file: Path, parameters: Mapping[str, Any] | None = None, pipeline_root: str | None = None
    ) -> RunRecord:
        """Runs a pipeline; a task starts when those before it have ended well, two at a time.

        Args:
            spec_file: the compiled pipeline.
            parameters: values of the root's parameters.
            pipeline_root: URI for artifacts, as the request has it; None takes the namespace's default. The
                backend does not look at the pipeline's own.

        Raises:
            Refused: if the backend does not take it.
        """
        pipeline = read_pipeline(spec_file)
        values = run_parameters(pipeline, parameters or {})
        run_id = str(uuid.uuid4())
        run_root = f"{(pipeline_root or self._default_root).rstrip('/')}/{pipeline.name}/{run_id}"
        run = _Run(pipeline, values, run_root, {})
        running: dict[Future[TaskRecord], str] = {}
        with ThreadPoolExecutor(TASKS_AT_A_TIME) as pool:
            while True:
                for task in run.ready(set(running.values())):
                    running[pool.submit(self._run_task, run, task)] = task.name
                if not running:
                    break
                for future in wait(running, return_when=FIRST_COMPLETED).done:
                    run.records[running.pop(future)] = future.result()
        skipped = {name: TaskRecord("SKIPPED") for name in pipeline.tasks if name not in run.records}
        return RunRecord(run_id, run_root, run.records | skipped)

    def _run_task(self, run: "_Run", task: Task) -> TaskRecord:
        started = time.monotonic()
        pod = Pod(self._disk / str(uuid.uuid4()), self._secrets)
        executor_input: Json = {}
        try:
            inputs = resolve_inputs(task, run.parameters, run.outputs)
            executor_input = {
                "inputs": with_defaults(task, inputs),
                "outputs": provision_outputs(task, run.root, pod.disk),
            }
            key = fingerprint(run.pipeline, task, inputs)
            enabled = task.spec.get("cachingOptions", {}).get("enableCache", False)
            with self._lock:
                known = self._cache.get(key) if enabled else None
            if known is not None:
                return TaskRecord("CACHED", executor_input, known)
            outputs = launch(task, executor_input, run.root, pod, self._store, self._ids)
            if enabled:
                with self._lock:
                    self._cache[key] = outputs
            seconds = time.monotonic() - started
            return TaskRecord("SUCCEEDED", executor_input, outputs, _end(pod.log), seconds)
        except (Refused, TaskFailed) as error:
            log = f"{_end(pod.log)}\n{type(error).__name__}: {error}"
            return TaskRecord("FAILED", executor_input, None, log, time.monotonic() - started)
        finally:
            shutil.rmtree(pod.disk, ignore_errors=True)


@dataclasses.dataclass(frozen=True)
class _Run:
    pipeline: Pipeline
    parameters: Json
    root: str
    records: dict[str, TaskRecord]

    @property
    def outputs(self) -> dict[str, Outputs]:
        """Of the tasks that ended well."""
        records = dict(self.records)
        return {name: record.outputs for name, record in records.items() if record.outputs is not None}

    def ready(self, running: set[str]) -> list[Task]:
        """The tasks that can start now."""
        done = set(self.outputs)
        return [
            task
            for name, task in self.pipeline.tasks.items()
            if name not in self.records and name not in running and task.upstream <= done
        ]


def _end(log: Path) -> str:
    return log.read_text(encoding="utf-8", errors="replace")[-LOG_CHARACTERS:] if log.exists() else ""
