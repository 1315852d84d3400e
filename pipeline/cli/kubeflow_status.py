"""`autoncf kubeflow status`: what runs on a cluster, and what is scheduled there."""

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from pipeline.cli.kubeflow_options import (
    DEFAULT_EXPERIMENT,
    ExperimentOption,
    HostOption,
    NamespaceOption,
    TlsCaOption,
    TokenFileOption,
    connect,
)
from pipeline.cli.kubeflow_wait import STYLES, in_words

if TYPE_CHECKING:
    import datetime

    from pipeline.kubeflow.client import Client
    from pipeline.kubeflow.run_state import RecurringRun, Run


def kubeflow_status(
    host: HostOption,
    run_id: Annotated[str | None, typer.Option("--run", help="The tasks of this run.")] = None,
    last: Annotated[int, typer.Option("--last", min=1, max=200, help="How many runs to show.")] = 10,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    namespace: NamespaceOption = None,
    experiment: ExperimentOption = DEFAULT_EXPERIMENT,
    token_file: TokenFileOption = None,
    tls_ca: TlsCaOption = None,
) -> None:
    """Show the latest runs and the recurring ones of an experiment, or the tasks of one run (--run)."""
    client = connect(host, experiment, namespace, token_file, tls_ca)
    console = Console(highlight=False)
    if run_id is None:
        _show_experiment(client, last, as_json, console)
    else:
        _show_run(client, run_id, as_json, console)


def _show_experiment(client: "Client", last: int, as_json: bool, console: Console) -> None:
    with Console(stderr=True).status("Asking ..."):
        runs, recurring = client.latest_runs(last), client.recurring_runs()
    if as_json:
        told = {"runs": [_run_as_json(run) for run in runs], "recurring_runs": _recurring_as_json(recurring)}
        typer.echo(json.dumps(told, ensure_ascii=False))
        return
    console.print(_runs_table(runs) if runs else "No run yet.")
    console.print(_recurring_table(recurring) if recurring else "Nothing is scheduled.")


def _show_run(client: "Client", run_id: str, as_json: bool, console: Console) -> None:
    from pipeline.kubeflow.failed_tasks import failures

    with Console(stderr=True).status("Asking ..."):
        run = client.run(run_id)
        reasons = failures(run, client.namespace)
    if as_json:
        tasks = [
            {
                "name": task.name,
                "state": in_words(task.state, _before(run)),
                "seconds": task.seconds,
                "failure": reasons.get(task.name),
            }
            for task in run.tasks
        ]
        typer.echo(json.dumps({**_run_as_json(run), "tasks": tasks}, ensure_ascii=False))
        return
    console.print(_runs_table([run]))
    console.print(_tasks_table(run))
    for task, reason in reasons.items():
        console.print(f"{task} failed: {reason}", style="red", markup=False, soft_wrap=True)
    console.print(client.page(run_id), markup=False, soft_wrap=True)


def _runs_table(runs: "Sequence[Run]") -> Table:
    table = Table(title="runs", title_justify="left")
    table.add_column("begun", no_wrap=True)
    table.add_column("state", no_wrap=True)
    table.add_column("seconds", justify="right", no_wrap=True)
    table.add_column("parameters", overflow="fold")
    table.add_column("id", overflow="fold")
    for run in runs:
        table.add_row(
            _minute(run.created_at),
            _state(run.state),
            _number(run.seconds),
            Text(_listed(run.parameters)),
            Text(run.run_id),
        )
    return table


def _recurring_table(recurring: "Sequence[RecurringRun]") -> Table:
    table = Table(title="recurring runs (cron and next in UTC)", title_justify="left")
    table.add_column("name", overflow="fold")
    table.add_column("cron", no_wrap=True)
    table.add_column("enabled", no_wrap=True)
    table.add_column("next", no_wrap=True)
    table.add_column("parameters", overflow="fold")
    for told in _recurring_as_json(recurring):
        due = (told["next"] or "")[:16].replace("T", " ")
        enabled = "yes" if told["enabled"] else "no"
        table.add_row(Text(told["name"]), told["cron"], enabled, due, Text(_listed(told["parameters"])))
    return table


def _tasks_table(run: "Run") -> Table:
    table = Table(title="tasks", title_justify="left")
    table.add_column("task", no_wrap=True)
    table.add_column("state", no_wrap=True)
    table.add_column("seconds", justify="right", no_wrap=True)
    for task in run.tasks:
        state = _state(task.state, _before(run))
        table.add_row(Text(task.name), state, _number(task.seconds))
    return table


def _run_as_json(run: "Run") -> dict[str, Any]:
    return {
        "run_id": run.run_id,
        "name": run.display_name,
        "state": in_words(run.state),
        "begun": None if run.created_at is None else run.created_at.isoformat(),
        "seconds": run.seconds,
        "parameters": dict(run.parameters),
    }


def _recurring_as_json(recurring: "Sequence[RecurringRun]") -> list[dict[str, Any]]:
    from pipeline.kubeflow.cron import next_run

    due = {run.recurring_run_id: next_run(run.cron) if run.enabled else None for run in recurring}
    return [
        {
            "id": run.recurring_run_id,
            "name": run.display_name,
            "cron": run.cron,
            "enabled": run.enabled,
            "next": None if (at := due[run.recurring_run_id]) is None else at.isoformat(),
            "parameters": dict(run.parameters),
        }
        for run in recurring
    ]


def _before(run: "Run") -> str:
    """What a task without a state does."""
    return "not reached" if run.has_ended else "waiting"


def _state(state: str, before: str = "waiting") -> Text:
    return Text(in_words(state, before), style=STYLES.get(state, ""))


def _minute(moment: "datetime.datetime | None") -> str:
    return "" if moment is None else f"{moment.astimezone():%Y-%m-%d %H:%M}"


def _number(seconds: float | None) -> str:
    return "" if seconds is None else f"{seconds:.0f}"


def _listed(parameters: Mapping[str, Any]) -> str:
    return ", ".join(f"{name} {value}" for name, value in sorted(parameters.items()))
