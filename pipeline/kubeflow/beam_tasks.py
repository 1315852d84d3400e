"""The tasks that compute with Beam, and where Beam's workers are."""

from models.errors import UserError
from pipeline.beam_flags import beam_flags, runs_elsewhere
from pipeline.config import Config
from pipeline.kubeflow.settings import TaskName

BEAM_TASKS: tuple[TaskName, ...] = (
    "InteractionExampleGen",
    "SpanStatistics",
    "StatisticsGen",
    "Transform",
    "Evaluator",
)


def beam_arguments(config: Config, task: str, image: str) -> list[str]:
    """What a task's command gives Beam; nothing if it does not compute with Beam.

    Raises:
        UserError: if Beam does not take the arguments.
    """
    return beam_flags(_chosen(config, task), image) if task in BEAM_TASKS else []


def check_beam_tasks(config: Config, root: str) -> None:
    """Takes Beam arguments of tasks that use them, with workers that see the root.

    Args:
        config: in force.
        root: of the deployment.

    Raises:
        UserError: if Beam arguments are given to another task, or workers on other machines would have to
            read and write what TensorFlow cannot.
    """
    for task, settings in config.kubeflow.tasks.items():
        if settings.beam_pipeline_args is not None and task not in BEAM_TASKS:
            raise UserError(
                f"kubeflow.tasks.{task}.beam_pipeline_args: this task does not compute with Beam; leave it "
                f"out. Those that do are {', '.join(BEAM_TASKS)}."
            )
    for task in BEAM_TASKS:
        if not root.startswith("gs://") and runs_elsewhere(_chosen(config, task)):
            raise UserError(
                f"{task}: Beam's workers are on other machines, and share the root with TensorFlow, which "
                f"has no file system for {root}: take a root on gs://, or a runner inside the pod."
            )


def _chosen(config: Config, task: str) -> tuple[str, ...]:
    of_task, of_all = config.kubeflow.task(task).beam_pipeline_args, config.kubeflow.beam_pipeline_args
    return next((args for args in (of_task, of_all) if args is not None), config.beam_pipeline_args)
