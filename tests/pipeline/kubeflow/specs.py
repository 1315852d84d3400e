"""Small compiled pipelines, written by hand."""

from pathlib import Path
from typing import Any

import yaml

from tests.pipeline.kubeflow.spec import Json

ARTIFACT = {"schemaTitle": "system.Artifact", "schemaVersion": "0.0.1"}

PRODUCE = """
import pathlib, sys
value, path = sys.argv[1:]
pathlib.Path(path).parent.mkdir(parents=True, exist_ok=True)
pathlib.Path(path).write_text(value)
"""
"""Writes its first argument into the file that the second names."""


def write_spec(folder: Path, tasks: dict[str, Json], **parameters: Json) -> Path:
    """A pipeline named `small`, with a root of its own that the backend does not look at.

    Args:
        folder: for the file.
        tasks: as `task` makes them, by name.
        parameters: definitions of the root's parameters, by name.
    """
    spec: dict[str, Any] = {
        "pipelineInfo": {"name": "small"},
        "defaultPipelineRoot": "s3://bucket/not-looked-at",
        "schemaVersion": "2.1.0",
        "sdkVersion": "kfp-2.5.0",
        "components": {name: parts["component"] | {"executorLabel": name} for name, parts in tasks.items()},
        "deploymentSpec": {"executors": {name: parts["executor"] for name, parts in tasks.items()}},
        "root": {
            "inputDefinitions": {"parameters": parameters},
            "dag": {
                "tasks": {
                    name: parts["task"] | {"componentRef": {"name": name}, "taskInfo": {"name": name}}
                    for name, parts in tasks.items()
                }
            },
        },
    }
    documents = [spec]
    platforms = {name: parts["platform"] for name, parts in tasks.items() if parts["platform"]}
    if platforms:
        documents.append({"platforms": {"kubernetes": {"deploymentSpec": {"executors": platforms}}}})
    path = folder / "spec.yaml"
    path.write_text(yaml.safe_dump_all(documents))
    return path


def task(
    *arguments: str,
    script: str = PRODUCE,
    parameters: dict[str, tuple[str, Json]] | None = None,
    artifacts: dict[str, tuple[str, str]] | None = None,
    output_parameters: dict[str, str] | None = None,
    output_artifacts: tuple[str, ...] = (),
    after: tuple[str, ...] = (),
    cache: bool = False,
    platform: Json | None = None,
) -> Json:
    """A task that runs a Python script.

    Args:
        arguments: of the script.
        script: the program.
        parameters: type and source of each.
        artifacts: producer and output key of each.
        output_parameters: type of each.
        output_artifacts: their keys.
        after: tasks that it waits for besides.
        cache: whether it may be answered from the cache.
        platform: what Kubernetes shall do for it.
    """
    return {
        "component": {
            "inputDefinitions": {
                "parameters": {
                    name: {"parameterType": kind} for name, (kind, _) in (parameters or {}).items()
                },
                "artifacts": {name: {"artifactType": ARTIFACT} for name in artifacts or {}},
            },
            "outputDefinitions": {
                "parameters": {
                    name: {"parameterType": kind} for name, kind in (output_parameters or {}).items()
                },
                "artifacts": {key: {"artifactType": ARTIFACT} for key in output_artifacts},
            },
        },
        "executor": {
            "container": {"image": "image", "command": ["python", "-c", script], "args": list(arguments)}
        },
        "task": {
            "inputs": {
                "parameters": {name: source for name, (_, source) in (parameters or {}).items()},
                "artifacts": {
                    name: {"taskOutputArtifact": {"producerTask": producer, "outputArtifactKey": key}}
                    for name, (producer, key) in (artifacts or {}).items()
                },
            },
            "dependentTasks": list(after),
            "cachingOptions": {"enableCache": cache},
        },
        "platform": platform,
    }


def constant(value: Any) -> Json:
    """A parameter's source: a value."""
    return {"runtimeValue": {"constant": value}}


def of_run(name: str) -> Json:
    """A parameter's source: a parameter of the run."""
    return {"componentInputParameter": name}


def output_of(producer: str, name: str) -> Json:
    """A parameter's source: another task's output parameter."""
    return {"taskOutputParameter": {"producerTask": producer, "outputParameterKey": name}}
