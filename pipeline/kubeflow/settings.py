"""What a config says about Kubeflow."""

import re
from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

TaskName = Literal[
    "Preparation",
    "InteractionExampleGen",
    "SpanStatistics",
    "SpanValidator",
    "StatisticsGen",
    "InteractionValidator",
    "Transform",
    "Tuner",
    "Trainer",
    "Evaluator",
    "AtomicPusher",
    "Conclusion",
]


_MEMORY = re.compile(r"(?=.*[1-9])[0-9]+(\.[0-9]+)?(Mi|Gi|Ti|M|G|T)")
_SECRET = re.compile(r"[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_ACCELERATOR = re.compile(r"[a-z0-9][a-z0-9.-]*/[A-Za-z0-9._-]+|NVIDIA_[A-Z0-9_]+")


def _check_memory(value: str) -> str:
    if not _MEMORY.fullmatch(value):
        raise ValueError(f"{value!r} is no amount of memory; write it as 16Gi or 512Mi")
    return value


def _check_accelerator(value: str) -> str:
    if not _ACCELERATOR.fullmatch(value):
        raise ValueError(
            f"{value!r} is no accelerator; name the cluster's resource, such as nvidia.com/gpu, or Vertex "
            "AI's type, such as NVIDIA_TESLA_T4"
        )
    return value


def _check_secrets(secrets: Mapping[str, Mapping[str, str]]) -> Mapping[str, Mapping[str, str]]:
    variables: list[str] = []
    for secret, keys in secrets.items():
        if not _SECRET.fullmatch(secret):
            raise ValueError(f"{secret!r} is no name of a Secret; it has lower-case letters, digits, - and .")
        variables += keys
    for variable in variables:
        if not _VARIABLE.fullmatch(variable):
            raise ValueError(f"{variable!r} is no name of an environment variable; use A to Z, digits and _")
        if variables.count(variable) > 1:
            raise ValueError(f"{variable} comes from two Secrets; leave one of them out")
    return secrets


class Toleration(BaseModel):
    """A taint of nodes that a pod may run on nevertheless, as Kubernetes has it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    key: str
    """Of the taint."""
    operator: Literal["Exists", "Equal"] = "Exists"
    """Whether any value is tolerated, or that of `value`."""
    value: str | None = None
    """Of the taint."""
    effect: Literal["NoSchedule", "PreferNoSchedule", "NoExecute"] | None = None
    """None tolerates every effect."""


class TaskSettings(BaseModel):
    """What the pod of one task gets."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    cpu: float | None = Field(default=None, gt=0, allow_inf_nan=False)
    """Cores, at least and at most."""
    memory: Annotated[str, AfterValidator(_check_memory)] | None = None
    """Such as 16Gi, at least and at most."""
    gpu: int = Field(default=0, ge=0)
    """How many accelerators."""
    accelerator: Annotated[str, AfterValidator(_check_accelerator)] = "nvidia.com/gpu"
    """The resource that an accelerator is: as the cluster names it (nvidia.com/gpu), or Vertex AI
    (NVIDIA_TESLA_T4)."""
    node_selector: Mapping[str, str] = {}
    """Labels of the nodes that the pod may run on."""
    tolerations: tuple[Toleration, ...] = ()
    """Taints of nodes that the pod may run on nevertheless, such as those of nodes with GPUs."""
    beam_pipeline_args: tuple[str, ...] | None = None
    """Options of the Beam runner for this task; None takes those of all tasks."""

    @model_validator(mode="after")
    def _accelerators_are_counted(self) -> "TaskSettings":
        if "accelerator" in self.model_fields_set and not self.gpu:
            raise ValueError("accelerator is given, but gpu, their number, is 0: set gpu, or leave it out")
        return self


class KubeflowSettings(BaseModel):
    """How the pipeline runs on Kubeflow."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = "autoncf"
    """Of the pipeline: lower-case letters, digits and hyphens."""
    image: str | None = None
    """Of all containers, as the Dockerfile makes it."""
    root: str | None = None
    """The folder of the deployment in an object store, s3:// or gs://."""
    cache: bool = True
    """Whether a task is answered from an earlier run with the same inputs."""
    beam_pipeline_args: tuple[str, ...] | None = None
    """Options of the Beam runner for all tasks; None takes those of the config."""
    secrets: Annotated[Mapping[str, Mapping[str, str]], AfterValidator(_check_secrets)] = {}
    """Environment variables that all containers get from Kubernetes Secrets, such as the credentials of the
    object store: the key of the Secret by the variable's name, by the Secret's name."""
    tasks: Mapping[TaskName, TaskSettings] = {}
    """What single tasks get."""

    def task(self, name: str) -> TaskSettings:
        """Of one task, whether or not the config names it."""
        return next((found for task, found in self.tasks.items() if task == name), TaskSettings())
