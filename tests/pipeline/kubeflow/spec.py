"""A compiled pipeline, as the API server of Kubeflow Pipelines reads it."""

import dataclasses
from pathlib import Path
from typing import Any

import yaml
from google.protobuf import json_format
from kfp.pipeline_spec import pipeline_spec_pb2

Json = dict[str, Any]

UNSUPPORTED = ("triggerPolicy", "artifactIterator", "parameterIterator", "iteratorPolicy")
"""Parts of a task that this backend does not know."""


class Refused(Exception):
    """The backend does not take the pipeline or the run."""


@dataclasses.dataclass(frozen=True)
class Task:
    """One task with what belongs to it.

    Attributes:
        name: in the graph.
        spec: a PipelineTaskSpec.
        component: a ComponentSpec.
        container: a PipelineContainerSpec.
        platform: what the Kubernetes document says of its pod.
    """

    name: str
    spec: Json
    component: Json
    container: Json
    platform: Json

    @property
    def inputs(self) -> Json:
        return self.spec.get("inputs", {})

    @property
    def input_definitions(self) -> Json:
        return self.component.get("inputDefinitions", {})

    @property
    def output_definitions(self) -> Json:
        return self.component.get("outputDefinitions", {})

    @property
    def command(self) -> list[str]:
        """Command and arguments, placeholders not filled in."""
        return [*self.container.get("command", []), *self.container.get("args", [])]

    @property
    def upstream(self) -> set[str]:
        """The tasks that have to end well before this one."""
        parameters = self.inputs.get("parameters", {}).values()
        artifacts = self.inputs.get("artifacts", {}).values()
        producers = [source.get("taskOutputParameter") for source in parameters]
        producers += [source.get("taskOutputArtifact") for source in artifacts]
        named = {producer["producerTask"] for producer in producers if producer}
        return named | set(self.spec.get("dependentTasks", []))


@dataclasses.dataclass(frozen=True)
class Pipeline:
    """A pipeline that the backend takes.

    Attributes:
        name: of the pipeline.
        parameters: definitions of the root's input parameters.
        tasks: by name.
    """

    name: str
    parameters: Json
    tasks: dict[str, Task]


def read_pipeline(spec_file: Path) -> Pipeline:
    """Reads a compiled pipeline: a document of the pipeline, and perhaps one of its Kubernetes platform.

    Raises:
        Refused: for what the open-source backend refuses, and what this one does not know.
        google.protobuf.json_format.ParseError: for fields that no pipeline has.
    """
    pipeline, *others = yaml.safe_load_all(spec_file.read_text(encoding="utf-8"))
    json_format.ParseDict(pipeline, pipeline_spec_pb2.PipelineSpec())
    json_format.ParseDict(pipeline["deploymentSpec"], pipeline_spec_pb2.PipelineDeploymentConfig())
    platforms = others[0]["platforms"]["kubernetes"]["deploymentSpec"]["executors"] if others else {}
    root = pipeline["root"]
    return Pipeline(
        name=pipeline["pipelineInfo"]["name"],
        parameters=root.get("inputDefinitions", {}).get("parameters", {}),
        tasks={name: _task(name, spec, pipeline, platforms) for name, spec in root["dag"]["tasks"].items()},
    )


def _task(name: str, spec: Json, pipeline: Json, platforms: Json) -> Task:
    unknown = [part for part in UNSUPPORTED if part in spec]
    if unknown:
        raise Refused(f"task {name}: {unknown[0]} is not known here")
    component = pipeline["components"][spec["componentRef"]["name"]]
    label = component.get("executorLabel")
    if label is None:
        raise Refused(f"task {name}: a graph inside of the graph is not known here")
    executor = pipeline["deploymentSpec"]["executors"][label]
    if "container" not in executor:
        raise Refused(f'executor(label="{label}"): non-container executor not implemented')
    return Task(name, spec, component, executor["container"], platforms.get(label, {}))
