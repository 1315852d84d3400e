"""`autoncf run`: from interactions to a pushed model."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

ConfigOption = Annotated[
    str,
    typer.Option(
        "--config",
        help="A packaged config (nightly, ml-100k, explicit, implicit, lastfm, amusic) or a YAML file.",
    ),
]
RootOption = Annotated[
    Path, typer.Option("--root", help="The folder of the deployment: artifacts, models, logs.")
]
DataOption = Annotated[
    Path | None,
    typer.Option("--data", help="The folder with interactions.csv, .tsv, .parquet or span-N/."),
]
OverridesOption = Annotated[
    list[str] | None,
    typer.Option("--set", help="KEY=VALUE of the config, such as train.epochs=20; repeatable."),
]

TuneOption = Annotated[
    bool,
    typer.Option(
        "--tune",
        help="First search for the structure (search.enabled), for search.minutes, 20 by default; whatever "
        "search.pinned names.",
    ),
]


def with_tune(overrides: list[str] | None, tune: bool) -> list[str]:
    """The keys to set, with those that `--tune` sets after them."""
    return [*(overrides or []), *(["search.enabled=true", "search.pinned=null"] if tune else [])]


def run(
    config: ConfigOption,
    root: RootOption,
    data: DataOption = None,
    overrides: OverridesOption = None,
    tune: TuneOption = False,
) -> None:
    """Ingest, validate, train, evaluate against the champion, and push if blessed."""
    from pipeline.cli.tables import summary_table
    from pipeline.config import load_config
    from pipeline.data_folder import data_folder
    from pipeline.local_runner import run_locally
    from pipeline.locations import Locations
    from serving.versions import list_versions

    console = Console(highlight=False)
    settings = load_config(config, with_tune(overrides, tune))
    summary = run_locally(settings, data_folder(settings, data), root, console)
    console.print(summary_table(summary))
    if summary.searched:
        console.print(
            f"What the search tried: autoncf tune report --root {root}", markup=False, soft_wrap=True
        )
    took = f"{summary.epochs} epochs, {summary.seconds['total']:.0f} s in all"
    if summary.pushed_version is not None:
        console.print(f"Blessed and served as version {summary.pushed_version}; {took}.")
        return
    serving = list_versions(Locations(root).serving)
    champion = f"version {serving[-1]} goes on serving" if serving else "nothing is served yet"
    console.print(f"Not {'pushed' if summary.blessed else 'blessed'}; {champion}; {took}:", style="yellow")
    for reason in summary.reasons:
        console.print(f"  {reason}", style="yellow", markup=False, soft_wrap=True)
