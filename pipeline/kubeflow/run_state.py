"""What a Kubeflow Pipelines server tells of runs."""

import datetime
import graphlib
from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict

ENDED = ("SUCCEEDED", "FAILED", "SKIPPED", "CANCELED")
"""States that a run or a task does not leave any more."""

UNDER_WAY = ("PENDING", "RUNNING", "CANCELING", "PAUSED")
"""States of a run whose tasks write into its root, or will."""


def _unless_epoch(moment: datetime.datetime | None) -> datetime.datetime | None:
    # What has not happened yet is told as the year 1, or 1970.
    return None if moment is None or moment.year <= 1970 else moment


_Moment = Annotated[datetime.datetime | None, AfterValidator(_unless_epoch)]
_OrEmpty = BeforeValidator(lambda value: value or {})


class _Answer(BaseModel):
    """Keys that are not used are ignored, as later servers send more."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class Task(_Answer):
    """One component of a run.

    Attributes:
        name: such as "Trainer".
        state: as the server names it, such as "RUNNING"; "" before it has its turn.
    """

    name: str
    state: str = ""
    began: datetime.datetime | None = None
    ended: datetime.datetime | None = None

    @property
    def seconds(self) -> float | None:
        """Between its beginning and its end."""
        return _seconds(self.began, self.ended)


class _Detail(_Answer):
    display_name: str = ""
    state: str = ""
    start_time: _Moment = None
    end_time: _Moment = None


class _Details(_Answer):
    task_details: tuple[_Detail, ...] = ()


class _RuntimeConfig(_Answer):
    parameters: Annotated[Mapping[str, Any], _OrEmpty] = {}
    pipeline_root: str = ""


class _Error(_Answer):
    message: str = ""


class _Ordered(_Answer):
    """What runs, and with which parameters."""

    runtime_config: Annotated[_RuntimeConfig, _OrEmpty] = _RuntimeConfig()
    pipeline_spec: Annotated[Mapping[str, Any], _OrEmpty] = {}

    @property
    def parameters(self) -> Mapping[str, Any]:
        """Those that were given; the pipeline's defaults hold for the others."""
        return self.runtime_config.parameters

    @property
    def root(self) -> str:
        """The folder of the deployment; "" if the server does not tell."""
        inputs = self._specification.get("root", {}).get("inputDefinitions", {}).get("parameters", {})
        root = self.parameters.get("root") or inputs.get("root", {}).get("defaultValue", "")
        return str(root).rstrip("/")

    @property
    def _specification(self) -> Mapping[str, Any]:
        # It is one level down if it came together with what it needs of Kubernetes.
        return self.pipeline_spec.get("pipeline_spec", self.pipeline_spec)


class Run(_Ordered):
    """One run, as the server describes it."""

    run_id: str
    display_name: str = ""
    state: str = ""
    created_at: _Moment = None
    finished_at: _Moment = None
    run_details: Annotated[_Details, _OrEmpty] = _Details()
    error: Annotated[_Error, _OrEmpty] = _Error()

    @property
    def has_ended(self) -> bool:
        """Whether nothing will change any more."""
        return self.state in ENDED

    @property
    def is_under_way(self) -> bool:
        """Whether it has begun, or will without being asked, and has not ended."""
        return self.state in UNDER_WAY

    @property
    def seconds(self) -> float | None:
        """From its creation to its end."""
        return _seconds(self.created_at, self.finished_at)

    @property
    def outputs(self) -> str:
        """The folder with a folder per task; "" if the server does not tell."""
        root = self.runtime_config.pipeline_root  # the open-source server ignores the specification's
        name = self._specification.get("pipelineInfo", {}).get("name", "")
        return f"{root.rstrip('/')}/{name}/{self.run_id}" if root and name else ""

    @property
    def tasks(self) -> list[Task]:
        """The pipeline's components, in an order in which they may run."""
        details = {detail.display_name: detail for detail in self.run_details.task_details}
        return [_task(name, details) for name in self._task_names(details)]

    def _task_names(self, details: Mapping[str, _Detail]) -> list[str]:
        tasks = self._specification.get("root", {}).get("dag", {}).get("tasks", {})
        if tasks:
            order = {name: sorted(task.get("dependentTasks", ())) for name, task in sorted(tasks.items())}
            return [name for name in graphlib.TopologicalSorter(order).static_order() if name in tasks]
        own = (name for name in details if name not in ("root", "executor") and not name.endswith("-driver"))
        return sorted(own)


class _CronSchedule(_Answer):
    cron: str = ""


class _Trigger(_Answer):
    cron_schedule: Annotated[_CronSchedule, _OrEmpty] = _CronSchedule()


class RecurringRun(_Ordered):
    """A schedule of runs."""

    recurring_run_id: str
    display_name: str = ""
    status: str = ""
    trigger: Annotated[_Trigger, _OrEmpty] = _Trigger()

    @property
    def cron(self) -> str:
        """Six fields, seconds first; "" if it goes by another rule."""
        return self.trigger.cron_schedule.cron

    @property
    def enabled(self) -> bool:
        """Whether it begins runs."""
        return self.status == "ENABLED"


def _task(name: str, details: Mapping[str, _Detail]) -> Task:
    """A task is carried out by two nodes; where the first, its driver, fails, the second is left out."""
    driver, own = details.get(f"{name}-driver", _Detail()), details.get(name, _Detail())
    decisive = driver if driver.state == "FAILED" or not own.state else own
    state = "RUNNING" if decisive is driver and driver.state == "SUCCEEDED" else decisive.state
    return Task(name=name, state=state, began=decisive.start_time, ended=decisive.end_time)


def _seconds(begin: datetime.datetime | None, end: datetime.datetime | None) -> float | None:
    return None if begin is None or end is None else (end - begin).total_seconds()
