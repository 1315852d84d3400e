"""The file that `autoncf kubeflow compile` writes."""

import dataclasses
from pathlib import Path
from typing import Any

import yaml

from models.errors import UserError
from pipeline.kubeflow.own_tasks import RUNTIME_PARAMETERS


@dataclasses.dataclass(frozen=True)
class Package:
    """A pipeline as it is sent to a server.

    Attributes:
        specification: of the pipeline, and of what it needs of Kubernetes if there is a second document.
        name: of the pipeline.
        root: folder of the deployment, of runs that are told no other.
    """

    specification: dict[str, Any]
    name: str
    root: str


def read_package(path: Path) -> Package:
    """Reads it, without checking more than where it comes from.

    Raises:
        UserError: if there is no such file, or it is no pipeline, or another's.
    """
    try:
        documents = list(yaml.load_all(path.read_text(encoding="utf-8"), _loader()))
    except OSError as error:
        raise UserError(
            f"{path}: cannot be read ({error.strerror}); `autoncf kubeflow compile --config NAME -o {path}` "
            "writes it."
        ) from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise UserError(f"{path}: not a YAML file: {' '.join(str(error).split())}.") from None
    pipeline = documents[0] if documents else None
    if not isinstance(pipeline, dict) or not {"pipelineInfo", "root", "deploymentSpec"} <= pipeline.keys():
        raise UserError(
            f"{path}: holds no pipeline of Kubeflow Pipelines 2; give the file that `autoncf kubeflow "
            "compile` wrote."
        )
    inputs = pipeline["root"].get("inputDefinitions", {}).get("parameters", {})
    if missing := [name for name in RUNTIME_PARAMETERS if "defaultValue" not in inputs.get(name, {})]:
        raise UserError(
            f"{path}: this pipeline has no input {', '.join(missing)} with a default; give the file that "
            "`autoncf kubeflow compile` wrote."
        )
    name, root = pipeline["pipelineInfo"]["name"], inputs["root"]["defaultValue"]
    if len(documents) == 1:
        return Package(pipeline, name, root)
    return Package({"pipeline_spec": pipeline, "platform_spec": documents[1]}, name, root)


def _loader() -> Any:
    """The one in C, where there is one: these files are long."""
    return getattr(yaml, "CSafeLoader", yaml.SafeLoader)
