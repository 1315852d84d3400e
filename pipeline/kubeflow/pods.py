"""What pods get: cores, memory, accelerators, nodes, secrets."""

from collections.abc import Sequence
from typing import Any

from pipeline.kubeflow.settings import KubeflowSettings, TaskSettings

_BYTES = {"Mi": 2**20, "Gi": 2**30, "Ti": 2**40, "M": 10**6, "G": 10**9, "T": 10**12}


def resources(settings: TaskSettings) -> dict[str, Any]:
    """A task's `ResourceSpec` of the pipeline specification: cores, and memory in units of 10^9 bytes."""
    needs: dict[str, Any] = {}
    if settings.cpu is not None:
        needs |= {"cpuRequest": settings.cpu, "cpuLimit": settings.cpu}
    if settings.memory is not None:
        gigabytes = _gigabytes(settings.memory)
        needs |= {"memoryRequest": gigabytes, "memoryLimit": gigabytes}
    if settings.gpu:
        needs["accelerator"] = {"type": settings.accelerator, "count": settings.gpu}
    return needs


def platform_specification(settings: KubeflowSettings, tasks: Sequence[str]) -> dict[str, Any] | None:
    """Node selectors, tolerations and secrets, for which the pipeline specification has no words.

    Args:
        settings: of all tasks.
        tasks: their names.

    Returns:
        the `PlatformSpec` that goes with the pipeline specification; None if it would be empty.
    """
    secrets = [
        {
            "secretName": secret,
            "keyToEnv": [{"secretKey": key, "envVar": variable} for variable, key in keys.items()],
        }
        for secret, keys in settings.secrets.items()
    ]
    executors = {}
    for task in tasks:
        nodes = settings.task(task)
        wants = {
            "secretAsEnv": secrets,
            "nodeSelector": {"labels": dict(nodes.node_selector)} if nodes.node_selector else None,
            "tolerations": [taint.model_dump(exclude_none=True) for taint in nodes.tolerations],
        }
        if wanted := {name: value for name, value in wants.items() if value}:
            executors[f"{task}_executor"] = wanted
    if not executors:
        return None
    return {"platforms": {"kubernetes": {"deploymentSpec": {"executors": executors}}}}


def _gigabytes(memory: str) -> float:
    unit = memory.lstrip("0123456789.")
    return float(memory.removesuffix(unit)) * _BYTES[unit] / 10**9
