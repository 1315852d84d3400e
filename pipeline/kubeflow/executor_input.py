"""ExecutorInput, which Kubeflow hands a container, and ExecutorOutput, which it takes back: both as JSON."""

import argparse
import json
import os
from collections.abc import Mapping, Sequence
from typing import Any

from components import storage
from pipeline.kubeflow import staging

Artifact = dict[str, Any]
"""A RuntimeArtifact: `uri`, `metadata`, `type`."""


def parse_arguments(arguments: Sequence[str] | None) -> dict[str, Any]:
    """The ExecutorInput of one of our own tasks."""
    parser = argparse.ArgumentParser(description="A task of a Kubeflow pipeline that autoncf has compiled.")
    parser.add_argument("--executor_input", required=True, help="JSON of Kubeflow's ExecutorInput.")
    return json.loads(parser.parse_args(arguments).executor_input)


def parameters(executor_input: Mapping[str, Any]) -> dict[str, Any]:
    """The task's parameters by name."""
    return executor_input.get("inputs", {}).get("parameterValues", {})


def artifacts(executor_input: Mapping[str, Any], side: str) -> dict[str, Artifact]:
    """The artifacts of a side ("inputs" or "outputs") by key; each key has one here."""
    lists = executor_input.get(side, {}).get("artifacts", {})
    return {key: found["artifacts"][0] for key, found in lists.items() if found.get("artifacts")}


def write_artifact(artifact: Artifact, name: str, text: str) -> None:
    """Writes a file of an output artifact, where the launcher takes it from."""
    storage.write_text(storage.join(staging.local_path(artifact["uri"]), name), text)


def write_output(
    executor_input: Mapping[str, Any],
    values: Mapping[str, Any],
    metadata: Mapping[str, Mapping[str, Any]],
) -> None:
    """Writes the ExecutorOutput where the launcher looks for it.

    Args:
        executor_input: of the task.
        values: of output parameters, by name.
        metadata: of output artifacts, by key.
    """
    outputs = artifacts(executor_input, "outputs")
    output = {
        "parameterValues": dict(values),
        "artifacts": {
            key: {"artifacts": [{"uri": outputs[key]["uri"], "metadata": dict(found)}]}
            for key, found in metadata.items()
        },
    }
    path = executor_input["outputs"]["outputFile"]
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as file:
        json.dump(output, file, allow_nan=False)  # which is no JSON, and Kubeflow refuses it
