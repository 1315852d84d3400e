"""A TFX component in the pipeline specification, changed so that the open-source backend can run it."""

import json
from typing import Any

import yaml

from pipeline.config import Config
from pipeline.kubeflow.beam_tasks import beam_arguments
from pipeline.kubeflow.graph import IMPORTED_NODES
from pipeline.kubeflow.imported import IMPORTED
from pipeline.kubeflow.own_tasks import PREPARATION, from_preparation


def output_parameter(component: str, parameter: str) -> str:
    """The Preparation's output parameter that is a component's parameter."""
    return f"{component}-{parameter}"


def rewrite_component(specification: dict[str, Any], name: str, config: Config, image: str) -> None:
    """Changes one component in place.

    Args:
        specification: of the pipeline, without the imported nodes' tasks.
        name: of the component.
        config: its `kubeflow` tells the Beam arguments and whether to cache.
        image: of all containers.
    """
    component = specification["components"][name]
    task = specification["root"]["dag"]["tasks"][name]
    container = specification["deploymentSpec"]["executors"][f"{name}_executor"]["container"]
    container["command"] = ["python", "-m", "pipeline.kubeflow.entrypoint"]
    container["args"] = [
        *("--component", name),
        *("--executor_class_path", _argument(container["args"], "--executor_class_path")),
        *("--json_serialized_invocation_args", "{{$}}"),
        *("--json_serialized_inputs_spec_args", _parameter_types(component)),
        *("--artifact_types", json.dumps(_artifact_types(component), sort_keys=True)),
        *beam_arguments(config, name, image),
    ]
    task["inputs"]["parameters"] = {
        parameter: from_preparation(output_parameter(name, parameter))
        for parameter in task["inputs"].get("parameters", {})
    }
    for key, source in list(task["inputs"].get("artifacts", {}).items()):
        node = source["taskOutputArtifact"]["producerTask"]
        if node in IMPORTED_NODES:
            _import_by_parameter(component, task, key, node)
    task["dependentTasks"] = sorted({*task.get("dependentTasks", []), PREPARATION} - set(IMPORTED_NODES))
    task["cachingOptions"] = {"enableCache": config.kubeflow.cache}


def _argument(arguments: list[str], name: str) -> str:
    return arguments[arguments.index(name) + 1]


def _parameter_types(component: dict[str, Any]) -> str:
    """What TFX needs in order to read numbers as the integers that they are."""
    return json.dumps({"parameters": component["inputDefinitions"].get("parameters", {})}, sort_keys=True)


def _artifact_types(component: dict[str, Any]) -> dict[str, dict[str, str]]:
    """TFX's names of the artifact types by key, of inputs and outputs: the backend does not keep them."""
    return {
        side: {
            key: yaml.safe_load(artifact["artifactType"]["instanceSchema"])["title"]
            for key, artifact in component.get(f"{side[:-1]}Definitions", {}).get("artifacts", {}).items()
        }
        for side in ("inputs", "outputs")
    }


def _import_by_parameter(component: dict[str, Any], task: dict[str, Any], key: str, node: str) -> None:
    del component["inputDefinitions"]["artifacts"][key]
    del task["inputs"]["artifacts"][key]
    component["inputDefinitions"].setdefault("parameters", {})[IMPORTED + key] = {"parameterType": "STRING"}
    task["inputs"]["parameters"][IMPORTED + key] = from_preparation(node)
