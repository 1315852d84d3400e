"""A run on Kubeflow, followed on the screen."""

import datetime
from typing import TYPE_CHECKING

import typer
from rich.console import Console

from pipeline.run_failed import RunFailed

if TYPE_CHECKING:
    from pipeline.kubeflow.client import Client
    from pipeline.kubeflow.run_state import Run, Task

STYLES = {"SUCCEEDED": "green", "FAILED": "red", "RUNNING": "cyan"}
"""Of the states of runs and tasks; others are plain."""

INTERRUPTED_STATUS = 130


def in_words(state: str, before: str = "waiting") -> str:
    """Such as "running" of "RUNNING"; `before` if there is no state yet."""
    return state.lower().replace("_", " ") or before


def wait_for(client: "Client", run_id: str, console: Console) -> None:
    """Prints what becomes of every task until the run has ended.

    Raises:
        RunFailed: if it does not end well, with a sentence for each task that failed.
    """
    from pipeline.kubeflow.following import follow

    def line(text: str, style: str | None = None) -> None:
        console.print(f"{datetime.datetime.now():%H:%M:%S} {text}", style=style, markup=False, soft_wrap=True)

    def changed(task: "Task") -> None:
        took = "" if task.seconds is None else f" ({task.seconds:.0f} s)"
        line(f"{task.name} {in_words(task.state)}{took}", STYLES.get(task.state))

    try:
        with console.status("Waiting for the run ..."):
            run = follow(client, run_id, changed, lambda text: line(text, "yellow"))
    except KeyboardInterrupt:
        line(f"The run goes on; `autoncf kubeflow status --run {run_id}` shows it.")
        raise typer.Exit(INTERRUPTED_STATUS) from None
    if run.state != "SUCCEEDED":
        raise RunFailed(_ending(run, client, console))
    took = "" if run.seconds is None else f" after {run.seconds:.0f} s"
    console.print(f"Run {run_id} ended well{took}.", style="green")


def _ending(run: "Run", client: "Client", console: Console) -> str:
    from pipeline.kubeflow.failed_tasks import failures

    with console.status("Looking for the reason ..."):
        reasons = failures(run, client.namespace)
    if reasons:
        return "\n".join(f"{task} failed: {sentence}" for task, sentence in reasons.items())
    about = f": {run.error.message.rstrip('.')}" if run.error.message else ""
    return f"Run {run.run_id} {in_words(run.state)}{about}; see {client.page(run.run_id)}"
