"""From a config to a pipeline that Kubeflow runs."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml
from pydantic_core import to_jsonable_python

from components import storage
from models.errors import UserError
from pipeline.config import Config
from pipeline.earlier_runs import EarlierRuns
from pipeline.kubeflow.beam_tasks import check_beam_tasks
from pipeline.kubeflow.graph import IMPORTED_NODES, compile_with_tfx, component_parameters
from pipeline.kubeflow.needs import check_output, read_needs
from pipeline.kubeflow.own_tasks import (
    CONCLUSION,
    CONCLUSION_INPUTS,
    CONFIG,
    GENERATION,
    PINNED,
    PREPARATION,
    RUN_ID,
    RUNTIME_PARAMETERS,
    SEARCH_INPUTS,
    Task,
    conclusion,
    preparation,
)
from pipeline.kubeflow.pods import platform_specification, resources
from pipeline.kubeflow.remote_root import RemoteRoot
from pipeline.kubeflow.tfx_tasks import output_parameter, rewrite_component
from pipeline.pinned import LAST, pinned_config
from schemas import schema_path, span_schema_path

_UNKNOWN = "known at run time"
"""Instead of what only the Preparation can know."""


class _WithoutAliases(yaml.SafeDumper):
    """Writes what occurs twice twice: not every reader follows YAML's references."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def compile_to_file(config: Config, data: str | None, output: Path) -> None:
    """Writes the pipeline as YAML that Kubeflow Pipelines v2 and Vertex AI take.

    Args:
        config: with `kubeflow.image` and `kubeflow.root`.
        data: folder with the interactions, in an object store; None takes that of the config.
        output: the file.

    Raises:
        UserError: if something that a cluster needs is missing or wrong.
    """
    check_output(output)
    specification, platform = compile_pipeline(config, data)
    documents = [specification, *([platform] if platform else [])]
    text = yaml.dump_all(documents, Dumper=_WithoutAliases, sort_keys=True)
    try:
        output.parent.mkdir(parents=True, exist_ok=True)
        output.write_text(text, encoding="utf-8")
    except OSError as error:
        raise UserError(f"-o {output}: cannot be written ({error.strerror}); choose another file.") from None


def compile_pipeline(config: Config, data: str | None) -> tuple[dict[str, Any], dict[str, Any] | None]:
    """The pipeline specification, and what it needs of Kubernetes beyond it, if anything, both as JSON.

    What TFX compiles is kept, but for three things that the open-source backend lacks. Tasks get their
    parameters from the Preparation, which does before a run what TFX's drivers do elsewhere: so a cache that
    compares parameters by value never answers for other data. Resolvers and importers are gone: what they
    would bring comes as a parameter too. And every component runs behind `pipeline.kubeflow.entrypoint`.

    Args:
        config: as `compile_to_file`.
        data: likewise.

    Raises:
        UserError: likewise.
    """
    settings = config.kubeflow
    needs = read_needs(config, data)
    check_beam_tasks(config, needs.root)
    schema_file, span_schema_file = schema_path(config.schema_name), span_schema_path(config.span_schema_file)
    specification = compile_with_tfx(
        config,
        data=_UNKNOWN,
        earlier=EarlierRuns([], None),
        schema_file=schema_file,
        span_schema_file=span_schema_file,
        root=needs.root,
    )
    # Whom the schedule of a local deployment tells may be a secret address, and is nothing to Kubeflow.
    given = {key: value for key, value in config.given.items() if key != "schedule"}
    constants = {
        CONFIG: json.dumps(to_jsonable_python(given)),
        "schema": Path(schema_file).read_text(encoding="utf-8"),
        "span_schema": Path(span_schema_file).read_text(encoding="utf-8"),
        PINNED: _pinned(config),
    }
    prepared = _prepared_parameters(specification)
    _remove_imported_nodes(specification)
    for component in list(specification["components"]):
        rewrite_component(specification, component, config, needs.image)
    _add(specification, PREPARATION, preparation(constants, prepared))
    sources = {**CONCLUSION_INPUTS, **(SEARCH_INPUTS if config.search.enabled else {})}
    _add(specification, CONCLUSION, conclusion(sources, _artifact_types(specification, sources)))
    tasks = list(specification["root"]["dag"]["tasks"])
    for task in tasks:
        container = specification["deploymentSpec"]["executors"][f"{task}_executor"]["container"]
        container["image"] = needs.image
        if asked := resources(settings.task(task)):
            container["resources"] = asked
    specification["pipelineInfo"]["name"] = needs.name
    specification["defaultPipelineRoot"] = RemoteRoot(needs.root).artifacts
    specification["root"]["inputDefinitions"] = _run_parameters(
        {"data": needs.data, "root": needs.root, "structure": "", "epochs": 0}
    )
    return specification, platform_specification(settings, tasks)


def _prepared_parameters(specification: dict[str, Any]) -> dict[str, str]:
    """Types of the Preparation's output parameters, by name."""
    types = dict.fromkeys([CONFIG, RUN_ID, GENERATION, *IMPORTED_NODES], "STRING")
    for component, parameters in component_parameters(specification).items():
        definitions = specification["components"][component]["inputDefinitions"]["parameters"]
        for name in parameters:
            types[output_parameter(component, name)] = definitions[name]["parameterType"]
    return types


def _remove_imported_nodes(specification: dict[str, Any]) -> None:
    for node in IMPORTED_NODES:
        del specification["components"][node]
        del specification["root"]["dag"]["tasks"][node]
        del specification["deploymentSpec"]["executors"][f"{node}_executor"]


def _pinned(config: Config) -> str:
    path = config.search.pinned
    if path is None or path == LAST:
        return ""
    pinned_config(config, searches="")  # says what is wrong with the file
    return storage.read_text(path)


def _artifact_types(
    specification: dict[str, Any], sources: Mapping[str, tuple[str, str]]
) -> dict[str, dict[str, Any]]:
    components = specification["components"]
    return {
        key: components[producer]["outputDefinitions"]["artifacts"][output]["artifactType"]
        for key, (producer, output) in sources.items()
    }


def _add(specification: dict[str, Any], name: str, parts: Task) -> None:
    component, task, container = parts
    specification["components"][name] = component
    specification["root"]["dag"]["tasks"][name] = task
    specification["deploymentSpec"]["executors"][f"{name}_executor"] = {"container": container}


def _run_parameters(defaults: dict[str, str | int]) -> dict[str, Any]:
    return {
        "parameters": {
            name: {"parameterType": kind, "defaultValue": defaults[name], "isOptional": True}
            for name, kind in RUNTIME_PARAMETERS.items()
        }
    }
