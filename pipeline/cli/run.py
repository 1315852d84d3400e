"""`autoncf run`: from interactions to a pushed model."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from models.errors import UserError

if TYPE_CHECKING:
    from pipeline.config import Config

ConfigOption = Annotated[
    str,
    typer.Option(
        "--config", help="A packaged config (ml-100k, explicit, implicit, lastfm, amusic) or a YAML file."
    ),
]
RootOption = Annotated[
    Path, typer.Option("--root", help="The folder of the deployment: artifacts, models, logs.")
]


def run(
    config: ConfigOption,
    root: RootOption,
    data: Annotated[
        Path | None,
        typer.Option("--data", help="The folder with interactions.csv, .tsv, .parquet or span-N/."),
    ] = None,
    overrides: Annotated[
        list[str] | None,
        typer.Option("--set", help="KEY=VALUE of the config, such as train.epochs=20; repeatable."),
    ] = None,
) -> None:
    """Ingest, validate, train, evaluate against the champion, and push if blessed."""
    from pipeline.cli.tables import summary_table
    from pipeline.config import load_config
    from pipeline.local_runner import run_locally
    from pipeline.locations import Locations
    from serving.versions import list_versions

    console = Console(highlight=False)
    settings = load_config(config, overrides or [])
    summary = run_locally(settings, data_folder(settings, data), root, console)
    console.print(summary_table(summary))
    took = f"{summary.epochs} epochs, {summary.seconds['total']:.0f} s in all"
    if summary.blessed:
        console.print(f"Blessed and served as version {summary.pushed_version}; {took}.")
    else:
        serving = list_versions(Locations(root).serving)
        champion = f"version {serving[-1]} goes on serving" if serving else "nothing is served yet"
        console.print(
            "Not blessed: a metric misses its threshold (evaluation.thresholds) or is worse than the "
            f"champion's; {champion}; {took}.",
            style="yellow",
        )


def data_folder(config: "Config", data: Path | None) -> Path:
    """The folder to read.

    Raises:
        UserError: if neither the command line nor the config names one, or it is not there.
    """
    folder = data or config.folder
    if folder is None:
        raise UserError(
            "--data is missing: this config names no folder; give the one with your interactions."
        )
    if not folder.is_dir():
        raise UserError(
            f"{folder}: there is no such folder; give --data, or fetch a dataset with "
            f"`autoncf data fetch {folder.name} --out {folder}`."
        )
    return folder
