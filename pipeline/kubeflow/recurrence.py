"""One recurring run of a name: made, replaced, taken away."""

from models.errors import UserError
from pipeline.kubeflow.client import Client
from pipeline.kubeflow.package import Package
from pipeline.kubeflow.run_order import RunOrder
from pipeline.kubeflow.run_state import RecurringRun
from pipeline.run_failed import RunFailed


def replace_recurring_run(client: Client, name: str, package: Package, order: RunOrder, cron: str) -> int:
    """Makes a recurring run and takes those of the same name away.

    There is one at every moment, and never are two enabled: the new one is made disabled and changes places
    with the old ones before they are deleted. If that does not work out, the old ones go on.

    Args:
        client: of the server.
        name: of the recurring run.
        package: what it runs.
        order: with what.
        cron: six fields, seconds first.

    Returns:
        how many it replaced.

    Raises:
        UserError, RunFailed: of the server.
    """
    old = _named(client, name) if client.has_experiment() else []
    new_id = client.create_recurring_run(name, package, order, cron)
    enabled = [run for run in old if run.enabled]
    try:
        for run in enabled:
            client.disable(run.recurring_run_id)
        client.enable(new_id)
    except (UserError, RunFailed) as error:
        _go_back(client, new_id, enabled, error)
        raise
    for run in old:
        client.delete_recurring_run(run.recurring_run_id)
    return len(old)


def _go_back(client: Client, new_id: str, enabled: list[RecurringRun], error: Exception) -> None:
    try:
        client.delete_recurring_run(new_id)
        for run in enabled:
            client.enable(run.recurring_run_id)
    except (UserError, RunFailed):
        raise RunFailed(
            f"{error} What was scheduled may be disabled now: give the same command once the server is well."
        ) from None


def delete_recurring_runs(client: Client, name: str) -> None:
    """Takes the recurring runs of a name away.

    Raises:
        UserError: if there is none.
    """
    runs = _named(client, name)
    if not runs:
        others = ", ".join(sorted({run.display_name for run in client.recurring_runs()})) or "none"
        raise UserError(f"--name {name}: there is no recurring run of this name; there are: {others}.")
    for run in runs:
        client.delete_recurring_run(run.recurring_run_id)


def _named(client: Client, name: str) -> list[RecurringRun]:
    return [run for run in client.recurring_runs() if run.display_name == name]
