"""Why tasks of a run failed."""

import warnings

from models.errors import UserError
from pipeline.kubeflow.run_state import Run


def failures(run: Run, namespace: str) -> dict[str, str]:
    """A sentence for every failed task, by its name.

    It is read from the object store if this machine can do so; otherwise the sentence says where the reason
    is found.

    Args:
        run: with its tasks.
        namespace: where its pods are.
    """
    failed = [task.name for task in run.tasks if task.state == "FAILED"]
    return {task: _sentence(run, task, namespace) for task in failed}


def _sentence(run: Run, task: str, namespace: str) -> str:
    logs = (
        f"`kubectl logs --namespace {namespace} --selector pipeline/runid={run.run_id} "
        "--container main --prefix --tail 20`"
    )
    if not run.outputs:
        return f"the server does not tell where its outputs are; {logs} shows the end of its log."
    with warnings.catch_warnings():
        # Beam's and Google's packages complain of each other's versions when they are loaded.
        warnings.simplefilter("ignore")
        from components.storage import read_text
        from pipeline.kubeflow.failure import FAILURE_FILE
    file = f"{run.outputs}/{task}/{FAILURE_FILE}"
    try:
        lines = read_text(file).strip().splitlines()
    except FileNotFoundError:
        return f"it left no {file}, as a pod that is killed or never begins; {logs} shows the end of its log."
    except (UserError, OSError, UnicodeDecodeError) as error:
        reason = str(error).rstrip(".")  # names the file
        return f"its {FAILURE_FILE} cannot be read from here: {reason}; {logs} shows the end of its log."
    return lines[-1] if lines else f"{file} is empty; {logs} shows the end of its log."
