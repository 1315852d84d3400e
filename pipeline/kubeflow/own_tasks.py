"""The two tasks that are no TFX components: the first and the last of a run."""

from collections.abc import Mapping
from typing import Any

PREPARATION = "Preparation"
CONCLUSION = "Conclusion"

CONFIG = "config"
"""JSON of a config: of the Preparation's parameter as it was given, of its output as it is in force."""
RUN_ID = "run_id"
"""When the Preparation ran, UTC."""
GENERATION = "generation"
"""See `pipeline.kubeflow.last_run`."""
PINNED = "pinned"
"""Text of the file that `search.pinned` names; "" if it names none, or the last search, which the Preparation
finds."""

RUNTIME_PARAMETERS: Mapping[str, str] = {
    "data": "STRING",
    "root": "STRING",
    "structure": "STRING",
    "epochs": "NUMBER_INTEGER",
}
"""What a run can be told, and of which type; `structure` "" and `epochs` 0 stand for the config's."""

CONCLUSION_INPUTS: Mapping[str, tuple[str, str]] = {
    "examples": ("InteractionExampleGen", "examples"),
    "accepted": ("InteractionValidator", "accepted"),
    "model_run": ("Trainer", "model_run"),
    "evaluation": ("Evaluator", "evaluation"),
    "blessing": ("Evaluator", "blessing"),
    "pushed_model": ("AtomicPusher", "pushed_model"),
}
"""Component and output key of every artifact that the Conclusion reads."""
TUNER_RESULTS = "tuner_results"
SEARCH_INPUTS: Mapping[str, tuple[str, str]] = {TUNER_RESULTS: ("Tuner", TUNER_RESULTS)}
"""Likewise, of a pipeline that searches."""

_GENERIC = {"schemaTitle": "system.Artifact", "schemaVersion": "0.0.1"}
_METRICS = {"schemaTitle": "system.Metrics", "schemaVersion": "0.0.1"}

Task = tuple[dict[str, Any], dict[str, Any], dict[str, Any]]
"""Component, task and container of the pipeline specification."""


def preparation(constants: Mapping[str, str], outputs: Mapping[str, str]) -> Task:
    """The first task.

    Args:
        constants: values of its parameters beside those of the run.
        outputs: types of its output parameters, by name.
    """
    component = {
        "executorLabel": f"{PREPARATION}_executor",
        "inputDefinitions": {
            "parameters": {
                name: {"parameterType": kind}
                for name, kind in {**RUNTIME_PARAMETERS, **dict.fromkeys(constants, "STRING")}.items()
            }
        },
        "outputDefinitions": {
            "parameters": {name: {"parameterType": kind} for name, kind in outputs.items()},
            "artifacts": {"plan": {"artifactType": _GENERIC}},
        },
    }
    task = {
        "taskInfo": {"name": PREPARATION},
        "componentRef": {"name": PREPARATION},
        "inputs": {
            "parameters": {
                **{name: {"componentInputParameter": name} for name in RUNTIME_PARAMETERS},
                **{name: {"runtimeValue": {"constant": value}} for name, value in constants.items()},
            }
        },
    }
    return component, task, _container("pipeline.kubeflow.preparation")


def conclusion(sources: Mapping[str, tuple[str, str]], artifact_types: Mapping[str, dict[str, Any]]) -> Task:
    """The last task.

    Args:
        sources: component and output key of every artifact that it reads.
        artifact_types: of these, likewise by its input's key.
    """
    parameters = {"root": {"componentInputParameter": "root"}} | {
        name: from_preparation(name) for name in (CONFIG, RUN_ID, GENERATION)
    }
    component = {
        "executorLabel": f"{CONCLUSION}_executor",
        "inputDefinitions": {
            "artifacts": {key: {"artifactType": kind} for key, kind in artifact_types.items()},
            "parameters": {name: {"parameterType": "STRING"} for name in parameters},
        },
        "outputDefinitions": {
            "artifacts": {"summary": {"artifactType": _GENERIC}, "metrics": {"artifactType": _METRICS}}
        },
    }
    task = {
        "taskInfo": {"name": CONCLUSION},
        "componentRef": {"name": CONCLUSION},
        "dependentTasks": sorted({producer for producer, _ in sources.values()} | {PREPARATION}),
        "inputs": {
            "artifacts": {
                key: {"taskOutputArtifact": {"producerTask": producer, "outputArtifactKey": output}}
                for key, (producer, output) in sources.items()
            },
            "parameters": parameters,
        },
    }
    return component, task, _container("pipeline.kubeflow.conclusion")


def from_preparation(parameter: str) -> dict[str, Any]:
    """A task's input that is an output parameter of the Preparation."""
    return {"taskOutputParameter": {"producerTask": PREPARATION, "outputParameterKey": parameter}}


def _container(module: str) -> dict[str, Any]:
    return {"command": ["python", "-m", module], "args": ["--executor_input", "{{$}}"]}
