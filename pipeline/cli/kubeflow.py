"""`autoncf kubeflow`: the same pipeline on a cluster."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from models.errors import UserError
from pipeline.cli.kubeflow_options import (
    DEFAULT_EXPERIMENT,
    EpochsOption,
    ExperimentOption,
    HostOption,
    NamespaceOption,
    RunDataOption,
    RunRootOption,
    StructureOption,
    TlsCaOption,
    TokenFileOption,
    connect,
)
from pipeline.cli.kubeflow_status import kubeflow_status
from pipeline.cli.run import ConfigOption, OverridesOption

if TYPE_CHECKING:
    from pipeline.kubeflow.client import Client
    from pipeline.kubeflow.run_order import RunOrder

kubeflow_app = typer.Typer(
    help="Run the pipeline on Kubeflow Pipelines: compile it, submit it, schedule it, look after it.",
    no_args_is_help=True,
)

PackageArgument = Annotated[
    Path, typer.Argument(help="What `autoncf kubeflow compile` wrote.", metavar="PIPELINE")
]


@kubeflow_app.command("compile")
def compile_pipeline(
    config: ConfigOption,
    output: Annotated[Path, typer.Option("--output", "-o", help="The YAML file to write.")],
    image: Annotated[
        str | None, typer.Option("--image", help="The image of all pods; overrides kubeflow.image.")
    ] = None,
    root: Annotated[
        str | None,
        typer.Option("--root", help="The deployment: s3://... or gs://...; overrides kubeflow.root."),
    ] = None,
    data: Annotated[
        str | None, typer.Option("--data", help="The interactions: s3://... or gs://...; overrides folder.")
    ] = None,
    overrides: OverridesOption = None,
) -> None:
    """Write the pipeline as a file that Kubeflow Pipelines runs."""
    from pipeline.cli.tensorflow_logs import import_tensorflow_silently
    from pipeline.config import load_config
    from pipeline.kubeflow.needs import check_output, read_needs

    places = {"kubeflow.image": image, "kubeflow.root": root}
    placed = [f"{key}={json.dumps(value)}" for key, value in places.items() if value is not None]
    settings = load_config(config, [*(overrides or []), *placed])
    check_output(output)
    read_needs(settings, data)
    console = Console(highlight=False)
    with console.status("Loading TFX ...") as status:
        import_tensorflow_silently()
        from pipeline.kubeflow.compilation import compile_to_file

        status.update("Compiling ...")
        compile_to_file(settings, data, output)
    console.print(f"Written: {output}. Next:", markup=False, soft_wrap=True)
    console.print(f"  autoncf kubeflow submit {output} --host URL --wait", markup=False, soft_wrap=True)


@kubeflow_app.command()
def submit(
    pipeline: PackageArgument,
    host: HostOption,
    namespace: NamespaceOption = None,
    experiment: ExperimentOption = DEFAULT_EXPERIMENT,
    token_file: TokenFileOption = None,
    tls_ca: TlsCaOption = None,
    data: RunDataOption = None,
    root: RunRootOption = None,
    structure: StructureOption = None,
    epochs: EpochsOption = None,
    wait: Annotated[
        bool, typer.Option("--wait", help="Follow the run; the exit status is 0 if it ends well, else 1.")
    ] = False,
) -> None:
    """Begin a run now. What is not given is as it was compiled."""
    import datetime

    from pipeline.cli.kubeflow_wait import wait_for
    from pipeline.kubeflow.package import read_package
    from pipeline.kubeflow.run_order import RunOrder

    order = RunOrder(data, root, structure, epochs)
    package = read_package(pipeline)
    root = order.root or package.root
    client = connect(host, experiment, namespace, token_file, tls_ca)
    console = Console(highlight=False)
    with console.status(f"Submitting to {host} ..."):
        beside = client.runs_under_way(root)
        name = f"{package.name} {datetime.datetime.now():%Y-%m-%d %H:%M:%S}"
        run_id = client.create_run(name, package, order)
    if beside:
        _warn_of([f"run {run.run_id}" for run in beside], root, console)
    console.print(f"Run {run_id} begins: {client.page(run_id)}", markup=False, soft_wrap=True)
    if wait:
        wait_for(client, run_id, console)


@kubeflow_app.command()
def schedule(
    host: HostOption,
    pipeline: Annotated[
        Path | None, typer.Argument(help="What `autoncf kubeflow compile` wrote.", metavar="[PIPELINE]")
    ] = None,
    cron: Annotated[
        str | None, typer.Option("--cron", help='When, as in a crontab: "0 3 * * *"; in UTC.')
    ] = None,
    off: Annotated[bool, typer.Option("--off", help="Delete the recurring run instead.")] = False,
    name: Annotated[
        str, typer.Option("--name", help="The recurring run's; one of this name is replaced.")
    ] = "autoncf",
    namespace: NamespaceOption = None,
    experiment: ExperimentOption = DEFAULT_EXPERIMENT,
    token_file: TokenFileOption = None,
    tls_ca: TlsCaOption = None,
    data: RunDataOption = None,
    root: RunRootOption = None,
    structure: StructureOption = None,
    epochs: EpochsOption = None,
) -> None:
    """Have Kubeflow begin a run whenever a crontab says so, one at a time."""
    from pipeline.kubeflow.recurrence import delete_recurring_runs
    from pipeline.kubeflow.run_order import RunOrder

    order = RunOrder(data, root, structure, epochs)
    console = Console(highlight=False)
    if off:
        if cron is not None or pipeline is not None or order != RunOrder():
            raise UserError("--off deletes the recurring run: give --host and --name alone with it.")
        with console.status(f"Asking {host} ..."):
            delete_recurring_runs(connect(host, experiment, namespace, token_file, tls_ca), name)
        console.print(f"Deleted: the recurring run {name}.", markup=False, soft_wrap=True)
        return
    if pipeline is None or cron is None:
        missing = "PIPELINE" if pipeline is None else "--cron"
        raise UserError(
            f'{missing} is missing: give both, `autoncf kubeflow schedule pipeline.yaml --cron "0 3 * * *"`.'
        )
    client = connect(host, experiment, namespace, token_file, tls_ca)
    _replace(client, name, pipeline, order, cron, console)


def _replace(
    client: "Client", name: str, pipeline: Path, order: "RunOrder", cron: str, console: Console
) -> None:
    from pipeline.kubeflow.cron import kubeflow_cron, next_run
    from pipeline.kubeflow.package import read_package
    from pipeline.kubeflow.recurrence import replace_recurring_run

    fields = kubeflow_cron(cron)
    package = read_package(pipeline)
    root = order.root or package.root
    with console.status("Asking the server ..."):
        replaced = replace_recurring_run(client, name, package, order, fields)
        enabled = {run.display_name for run in client.recurring_runs() if run.enabled and run.root == root}
    due = next_run(fields)
    done = "Replaced" if replaced else "Made"
    at = f"; next at {due:%Y-%m-%d %H:%M}" if due else ""
    console.print(f'{done}: the recurring run {name}, "{cron}" in UTC{at}.', markup=False, soft_wrap=True)
    if others := sorted(enabled - {name}):
        _warn_of([f"recurring run {other}" for other in others], root, console)
    console.print("(Another zone if Kubeflow was set up with CRON_SCHEDULE_TIMEZONE.)", style="dim")


def _warn_of(others: list[str], root: str, console: Console) -> None:
    beside = f"Also in {root}: {', '.join(others)}."
    text = f"{beside} Nothing keeps two runs of one root from undoing each other's work."
    console.print(text, style="yellow", markup=False, soft_wrap=True)


# At the end, as the help names the commands in this order.
kubeflow_app.command("status")(kubeflow_status)
