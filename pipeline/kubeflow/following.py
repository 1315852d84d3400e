"""A run, watched until it has ended."""

import time
from collections.abc import Callable

from pipeline.kubeflow.client import Client
from pipeline.kubeflow.run_state import Run, Task
from pipeline.kubeflow.server_errors import ServerFailed, ServerUnreachable

POLL_SECONDS = 5.0
PATIENCE = 12
"""How many times in succession a server may fail to answer."""
STILL_SECONDS = 600.0
"""How long nothing may change before it is said where to look."""


def follow(
    client: Client,
    run_id: str,
    changed: Callable[[Task], None],
    say: Callable[[str], None],
    clock: Callable[[], float] = time.monotonic,
) -> Run:
    """Asks every few seconds, until the run has ended.

    Args:
        client: of the server.
        run_id: of the run.
        changed: called for each task whose state is another than before.
        say: called with what keeps the server from answering, which is asked again; and once, when no task
            has changed for ten minutes, with how to look for a pod that cannot begin: Kubernetes never gives
            up to fetch an image or to find a node.
        clock: tells seconds.

    Returns:
        how the run ended.

    Raises:
        ServerUnreachable, ServerFailed: if the server does not come back within a minute.
        UserError: if it refuses to answer.
    """
    states: dict[str, str] = {}
    failed = 0
    moved, silent = clock(), True
    while True:
        try:
            run = client.run(run_id)
            failed = 0
        except (ServerUnreachable, ServerFailed) as error:
            failed += 1
            if failed == PATIENCE:
                raise
            if failed == 1:
                say(str(error))
        else:
            for task in run.tasks:
                if task.state != states.get(task.name, ""):
                    states[task.name] = task.state
                    moved = clock()
                    changed(task)
            if run.has_ended:
                return run
            if silent and clock() - moved >= STILL_SECONDS:
                silent = False
                say(_where_to_look(run_id, client.namespace))
        time.sleep(POLL_SECONDS)


def _where_to_look(run_id: str, namespace: str) -> str:
    return (
        f"No task has changed for {STILL_SECONDS / 60:.0f} minutes; "
        f"`kubectl get pods --namespace {namespace} --selector pipeline/runid={run_id}` "
        "shows whether a pod waits for its image or a node."
    )
