"""A run, watched until it has ended."""

import time
from collections.abc import Callable

from pipeline.kubeflow.client import Client
from pipeline.kubeflow.run_state import Run, Task
from pipeline.kubeflow.server_errors import ServerFailed, ServerUnreachable

POLL_SECONDS = 5.0
PATIENCE = 12
"""How many times in succession a server may fail to answer."""


def follow(client: Client, run_id: str, changed: Callable[[Task], None], say: Callable[[str], None]) -> Run:
    """Asks every few seconds, until the run has ended.

    Args:
        client: of the server.
        run_id: of the run.
        changed: called for each task whose state is another than before.
        say: called with what keeps the server from answering; it is asked again.

    Returns:
        how the run ended.

    Raises:
        ServerUnreachable, ServerFailed: if the server does not come back within a minute.
        UserError: if it refuses to answer.
    """
    states: dict[str, str] = {}
    failed = 0
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
                    changed(task)
            if run.has_ended:
                return run
        time.sleep(POLL_SECONDS)
