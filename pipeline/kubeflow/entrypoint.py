"""What runs in the container of a TFX component, in front of TFX's own entrypoint.

    python -m pipeline.kubeflow.entrypoint --component NAME --artifact_types JSON [TFX's arguments] [Beam's]

It fills in what the open-source backend leaves out: the types of artifacts, and the artifacts that TFX would
have resolved or imported (see `pipeline.kubeflow.compilation`). Then TFX runs the component's executor on
local copies, unless Beam's workers are elsewhere and have none.
"""

import argparse
import json
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import models  # noqa: F401 - before TensorFlow

# isort: split
import tensorflow  # noqa: F401 - before Beam, which otherwise outlives the models that it has cached

# isort: split
from pipeline.beam_flags import runs_elsewhere
from pipeline.kubeflow import staging
from pipeline.kubeflow.executor_input import artifacts
from pipeline.kubeflow.failure import leaving_word
from pipeline.kubeflow.imported import add_imported_artifacts


def main(arguments: Sequence[str] | None = None) -> None:
    """Runs one component.

    Args:
        arguments: of the command line; those that are not ours or TFX's are Beam's.
    """
    parsed, beam_arguments = _parser().parse_known_args(arguments)
    executor_input = json.loads(parsed.json_serialized_invocation_args)
    output_uri = next(iter(artifacts(executor_input, "outputs").values()))["uri"]
    with leaving_word(parsed.component, output_uri), tempfile.TemporaryDirectory() as scratch:
        local = not runs_elsewhere(beam_arguments)
        addresses = add_imported_artifacts(executor_input, Path(scratch) if local else None)
        _fill_in_types(executor_input, json.loads(parsed.artifact_types))
        if local:
            _stage(executor_input)
        parsed.json_serialized_invocation_args = json.dumps(executor_input)
        _run_with_tfx(parsed, beam_arguments)
        _unstage_output(executor_input["outputs"]["outputFile"], addresses)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="Runs a TFX component in a container of Kubeflow Pipelines.")
    parser.add_argument("--component", required=True, help="Name of the task.")
    parser.add_argument("--artifact_types", required=True, help="JSON of TFX's types, of inputs and outputs.")
    parser.add_argument("--executor_class_path", required=True, help="As of TFX.")
    parser.add_argument("--json_serialized_invocation_args", required=True, help="As of TFX: ExecutorInput.")
    parser.add_argument("--json_serialized_inputs_spec_args", required=True, help="As of TFX: input types.")
    return parser


def _fill_in_types(executor_input: dict[str, Any], types: dict[str, dict[str, str]]) -> None:
    for side in ("inputs", "outputs"):
        for key, artifact in artifacts(executor_input, side).items():
            if key in types[side]:
                artifact["type"] = {"schemaTitle": types[side][key]}


def _stage(executor_input: dict[str, Any]) -> None:
    for side in ("inputs", "outputs"):
        for artifact in artifacts(executor_input, side).values():
            artifact["uri"] = staging.local_path(artifact["uri"])


def _run_with_tfx(parsed: argparse.Namespace, beam_arguments: list[str]) -> None:
    from tfx.orchestration.kubeflow.v2.container import kubeflow_v2_run_executor

    kubeflow_v2_run_executor.main((parsed, beam_arguments))


def _unstage_output(path: str, addresses: Mapping[str, str]) -> None:
    """Makes addresses of the paths in the ExecutorOutput: the next container has copies of its own."""

    def unstaged(value: Any) -> Any:
        return addresses.get(value) or staging.address(value) if isinstance(value, str) else value

    file = Path(path)
    output = json.loads(file.read_text(encoding="utf-8"))
    for listed in output.get("artifacts", {}).values():
        for artifact in listed["artifacts"]:
            artifact["uri"] = unstaged(artifact["uri"])
            artifact["metadata"] = {
                key: unstaged(value) for key, value in artifact.get("metadata", {}).items()
            }
    file.write_text(json.dumps(output), encoding="utf-8")


if __name__ == "__main__":
    main()
