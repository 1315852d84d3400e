"""What the driver of Kubeflow Pipelines does for a task: resolves inputs, names outputs, keys the cache."""

import dataclasses
import hashlib
import json
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.pipeline.kubeflow.spec import Json, Pipeline, Refused, Task

TYPES = {
    "STRING": str,
    "NUMBER_INTEGER": (int, float),
    "NUMBER_DOUBLE": (int, float),
    "BOOLEAN": bool,
    "LIST": list,
    "STRUCT": dict,
}


@dataclasses.dataclass(frozen=True)
class Outputs:
    """What a task left: values of its output parameters, and RuntimeArtifacts as consumers get them."""

    parameters: Json
    artifacts: Json


def run_parameters(pipeline: Pipeline, given: Mapping[str, Any]) -> Json:
    """Values of the root's parameters: what is given, else the defaults.

    Raises:
        Refused: if there is no such parameter, one has no value, or one of another type.
    """
    unknown = set(given) - set(pipeline.parameters)
    if unknown:
        raise Refused(f"parameter {sorted(unknown)[0]} is not found in the pipeline's inputs")
    values = {
        name: given.get(name, definition.get("defaultValue"))
        for name, definition in pipeline.parameters.items()
    }
    return {
        name: _checked(name, value, pipeline.parameters[name])
        for name, value in values.items()
        if value is not None or not pipeline.parameters[name].get("isOptional")
    }


def resolve_inputs(task: Task, parameters: Json, done: Mapping[str, Outputs]) -> Json:
    """The `inputs` of an ExecutorInput.

    Args:
        task: the task.
        parameters: values of the root's parameters.
        done: what the tasks before it left.

    Raises:
        Refused: for a source that is not implemented, a missing value, or one of another type.
    """
    values = {
        name: _parameter(name, source, parameters, done)
        for name, source in task.inputs.get("parameters", {}).items()
    }
    for name, definition in task.input_definitions.get("parameters", {}).items():
        if name in values:
            values[name] = _checked(name, values[name], definition)
        elif not definition.get("isOptional") and "defaultValue" not in definition:
            raise Refused(f'neither value nor default value provided for non-optional parameter "{name}"')
    artifacts = {
        name: {"artifacts": [_artifact(name, source, done)]}
        for name, source in task.inputs.get("artifacts", {}).items()
    }
    return _without_empty({"parameterValues": values, "artifacts": artifacts})


def _parameter(name: str, source: Json, parameters: Json, done: Mapping[str, Outputs]) -> Any:
    if "componentInputParameter" in source:
        return parameters[source["componentInputParameter"]]
    if "taskOutputParameter" in source:
        producer = source["taskOutputParameter"]
        return done[producer["producerTask"]].parameters[producer["outputParameterKey"]]
    if "constant" in source.get("runtimeValue", {}):
        return source["runtimeValue"]["constant"]
    raise Refused(f"parameter {name}: a source like {source} is not implemented")


def _artifact(name: str, source: Json, done: Mapping[str, Outputs]) -> Json:
    if "taskOutputArtifact" not in source:
        raise Refused(f"artifact {name}: a source like {source} is not implemented")
    producer = source["taskOutputArtifact"]
    return done[producer["producerTask"]].artifacts[producer["outputArtifactKey"]]


def _checked(name: str, value: Any, definition: Json) -> Any:
    kind = definition["parameterType"]
    if kind == "STRING" and not isinstance(value, str):
        return text_of(value)
    # A boolean is a number to Python alone.
    if not isinstance(value, TYPES[kind]) or (isinstance(value, bool) and kind != "BOOLEAN"):
        raise Refused(f'input parameter "{name}" type mismatch: expect {kind}, got {value!r}')
    return as_json_number(value)


def text_of(value: Any) -> str:
    """A parameter's value as a command's argument."""
    return value if isinstance(value, str) else json.dumps(as_json_number(value), separators=(",", ":"))


def as_json_number(value: Any) -> Any:
    """The same with whole numbers written without a fraction, as Go writes them."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, dict):
        return {key: as_json_number(inner) for key, inner in value.items()}
    return [as_json_number(inner) for inner in value] if isinstance(value, list) else value


def provision_outputs(task: Task, run_root: str, disk: Path) -> Json:
    """The `outputs` of an ExecutorInput: new URIs, and files on the pod's `disk` (in a cluster, `/tmp`)."""
    salt = uuid.uuid4()
    artifacts = {
        key: {
            "artifacts": [
                _without_empty(
                    {
                        "uri": f"{run_root}/{task.name}/{salt}/{key}",
                        "type": definition["artifactType"],
                        "metadata": definition.get("metadata", {}),
                    }
                )
            ]
        }
        for key, definition in task.output_definitions.get("artifacts", {}).items()
    }
    parameters = {
        name: {"outputFile": str(disk / "kfp" / "outputs" / name)}
        for name in task.output_definitions.get("parameters", {})
    }
    return _without_empty(
        {
            "artifacts": artifacts,
            "parameters": parameters,
            "outputFile": str(disk / "kfp_outputs" / "output_metadata.json"),
        }
    )


def fingerprint(pipeline: Pipeline, task: Task, inputs: Json) -> str:
    """Key of the cache: values, ids of artifacts, definitions of outputs, command and image; no URIs."""
    key = {
        "pipeline": pipeline.name,
        "inputArtifactNames": {
            name: [artifact["name"] for artifact in value["artifacts"]]
            for name, value in inputs.get("artifacts", {}).items()
        },
        "inputParameterValues": inputs.get("parameterValues", {}),
        "outputs": task.output_definitions,
        "image": task.container["image"],
        "cmdArgs": task.command,
    }
    return hashlib.sha256(json.dumps(key, sort_keys=True).encode()).hexdigest()


def with_defaults(task: Task, inputs: Json) -> Json:
    """The inputs with default values for the parameters that have no value."""
    defaults = {
        name: as_json_number(definition["defaultValue"])
        for name, definition in task.input_definitions.get("parameters", {}).items()
        if "defaultValue" in definition
    }
    return _without_empty({**inputs, "parameterValues": defaults | inputs.get("parameterValues", {})})


def _without_empty(value: Json) -> Json:
    return {key: inner for key, inner in value.items() if inner not in ({}, [])}
