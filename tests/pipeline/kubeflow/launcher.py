"""What the launcher of Kubeflow Pipelines does in a pod: downloads, runs the command, collects, uploads."""

import dataclasses
import itertools
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from google.protobuf import json_format
from kfp.pipeline_spec import pipeline_spec_pb2

from tests.pipeline.kubeflow.artifact_store import ArtifactStore, local_path
from tests.pipeline.kubeflow.driver import Outputs, as_json_number, text_of
from tests.pipeline.kubeflow.spec import Json, Task

TASK_SECONDS = 300
"""A command that takes longer hangs."""

NOT_IN_A_POD = ("AWS_", "AUTONCF_")
"""Beginnings of the environment's variables that a pod does not have by itself."""


class TaskFailed(Exception):
    """The command, or what has to be done before and after it, failed."""


@dataclasses.dataclass(frozen=True)
class Pod:
    """Where one task runs: an empty disk, and the environment of its container.

    Attributes:
        disk: an empty folder.
        secrets: values of each secret of the namespace, by its keys.
    """

    disk: Path
    secrets: Mapping[str, Mapping[str, str]]

    @property
    def mounts(self) -> Path:
        """Where local copies of artifacts lie."""
        return self.disk / "mounts"

    @property
    def log(self) -> Path:
        """What the command said."""
        return self.disk / "log"

    def environment(self, task: Task) -> dict[str, str]:
        """Variables of the task's container.

        Raises:
            TaskFailed: if it wants a secret that is not there.
        """
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(NOT_IN_A_POD)}
        own = {entry["name"]: entry["value"] for entry in task.container.get("env", [])}
        own |= {"AUTONCF_MOUNT_ROOT": str(self.mounts), "TMPDIR": str(self.disk / "tmp")}
        return inherited | own | dict(self._secrets(task))

    def _secrets(self, task: Task) -> Iterator[tuple[str, str]]:
        for secret in task.platform.get("secretAsEnv", []):
            name = secret.get("secretName") or secret["secretNameParameter"]["runtimeValue"]["constant"]
            for pair in secret["keyToEnv"]:
                try:
                    yield pair["envVar"], self.secrets[name][pair["secretKey"]]
                except KeyError:
                    raise TaskFailed(f'couldn\'t find key {pair["secretKey"]} in Secret "{name}"') from None


def launch(
    task: Task,
    executor_input: Json,
    run_root: str,
    pod: Pod,
    store: ArtifactStore,
    ids: "itertools.count[int]",
) -> Outputs:
    """Runs a task's command.

    Args:
        task: the task.
        executor_input: an ExecutorInput, default values of parameters included.
        run_root: URI below which a run may write artifacts.
        pod: where to run it.
        store: of the artifacts.
        ids: the next artifact's.

    Raises:
        TaskFailed: with the reason.
    """
    for folder in (pod.mounts, pod.disk / "tmp", pod.disk / "work", pod.disk / "kfp" / "outputs"):
        folder.mkdir(parents=True)
    for artifacts in executor_input["inputs"].get("artifacts", {}).values():
        uri = artifacts["artifacts"][0]["uri"]
        path = local_path(pod.mounts, uri)
        if path is not None:
            store.download(uri, path)
    for uri in _output_uris(executor_input):
        path = local_path(pod.mounts, uri)
        if path is None:
            raise TaskFailed(f"failed to generate local path for URI {uri}: unsupported storage scheme")
        path.parent.mkdir(parents=True, exist_ok=True)
    _execute([_filled(part, executor_input, pod.mounts) for part in task.command], task, pod)
    executor_output = _executor_output(Path(executor_input["outputs"]["outputFile"]))
    return Outputs(
        parameters=_output_parameters(task, executor_input, executor_output),
        artifacts={
            key: _recorded(key, _merged(artifacts, executor_output, key), run_root, pod, store, next(ids))
            for key, artifacts in executor_input["outputs"].get("artifacts", {}).items()
        },
    )


def _output_uris(executor_input: Json) -> list[str]:
    lists = executor_input["outputs"].get("artifacts", {}).values()
    return [artifacts["artifacts"][0]["uri"] for artifacts in lists]


def _filled(part: str, executor_input: Json, mounts: Path) -> str:
    """A part of the command with its placeholders filled in."""
    values = {"{{$}}": json.dumps(executor_input)}
    for side in ("inputs", "outputs"):
        for name, artifacts in executor_input[side].get("artifacts", {}).items():
            uri = artifacts["artifacts"][0]["uri"]
            values[f"{{{{$.{side}.artifacts['{name}'].uri}}}}"] = uri
            values[f"{{{{$.{side}.artifacts['{name}'].path}}}}"] = str(local_path(mounts, uri))
    for name, value in executor_input["inputs"].get("parameterValues", {}).items():
        values[f"{{{{$.inputs.parameters['{name}']}}}}"] = text_of(value)
    for name, parameter in executor_input["outputs"].get("parameters", {}).items():
        values[f"{{{{$.outputs.parameters['{name}'].output_file}}}}"] = parameter["outputFile"]
    for placeholder, value in values.items():
        part = part.replace(placeholder, value)
    return part


def _execute(command: list[str], task: Task, pod: Pod) -> None:
    program, *arguments = command
    if program in ("python", "python3"):
        program = sys.executable
    with pod.log.open("wb") as log:
        try:
            subprocess.run(
                [program, *arguments],
                env=pod.environment(task),
                cwd=pod.disk / "work",
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                timeout=TASK_SECONDS,
                check=True,
            )
        except subprocess.CalledProcessError as error:
            raise TaskFailed(f"exit status {error.returncode}") from None
        except (OSError, subprocess.TimeoutExpired) as error:
            raise TaskFailed(str(error)) from error


def _executor_output(path: Path) -> Json:
    if not path.exists():
        return {}
    try:
        message = json_format.Parse(path.read_text(encoding="utf-8"), pipeline_spec_pb2.ExecutorOutput())
    except json_format.ParseError as error:
        raise TaskFailed(f"failed to unmarshal ExecutorOutput: {error}") from error
    return as_json_number(json_format.MessageToDict(message))


def _output_parameters(task: Task, executor_input: Json, executor_output: Json) -> Json:
    told = executor_output.get("parameterValues", {})
    values = {}
    for name, parameter in executor_input["outputs"].get("parameters", {}).items():
        kind = task.output_definitions["parameters"][name]["parameterType"]
        if name in told:
            values[name] = told[name]
            continue
        try:
            text = Path(parameter["outputFile"]).read_text(encoding="utf-8")
            values[name] = text if kind == "STRING" else as_json_number(json.loads(text))
        except (OSError, ValueError) as error:
            raise TaskFailed(f'failed to read output parameter name="{name}" type={kind}: {error}') from error
    return values


def _merged(artifacts: Json, executor_output: Json, key: str) -> Json:
    """What the command says of an output over what it was given; it can change no more than this."""
    given = artifacts["artifacts"][0]
    told = executor_output.get("artifacts", {}).get(key, {}).get("artifacts", [{}])[0]
    metadata = given.get("metadata", {}) | told.get("metadata", {})
    return {**given, "uri": told.get("uri") or given["uri"], "metadata": metadata}


def _recorded(
    key: str, artifact: Json, run_root: str, pod: Pod, store: ArtifactStore, artifact_id: int
) -> Json:
    """Uploads an output; returns it as the metadata store gives it to others: without its type."""
    path = local_path(pod.mounts, artifact["uri"])
    if path is not None:
        if not artifact["uri"].startswith(run_root):
            raise TaskFailed(
                f'failed to upload output artifact "{key}": {artifact["uri"]} is not in {run_root}'
            )
        store.upload(path, artifact["uri"])
    metadata = {name: _property(key, name, value) for name, value in artifact["metadata"].items()}
    return {
        "name": str(artifact_id),
        "uri": artifact["uri"],
        "metadata": {"display_name": key, "store_session_info": "{}"} | metadata,
    }


def _property(key: str, name: str, value: Any) -> Any:
    if value is None:
        raise TaskFailed(f'unable to produce MLMD artifact for output "{key}": {name} is null')
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, list | dict):
        return {"list" if isinstance(value, list) else "struct": value}
    return value
