"""`autoncf data`: fetch public datasets, and check data before it is trained on."""

import enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

if TYPE_CHECKING:
    from pipeline.datasets import DatasetSummary

data_app = typer.Typer(help="Fetch public datasets and check data of your own.", no_args_is_help=True)


class Feedback(str, enum.Enum):
    """What the values of interactions are."""

    EXPLICIT = "explicit"
    IMPLICIT = "implicit"


_NAMES = "ml-100k, ml-1m, ml-10m, ml-20m, ml-25m, lastfm, amusic, atoys"


@data_app.command()
def fetch(
    name: Annotated[str, typer.Argument(help=f"One of {_NAMES}.", metavar="NAME")],
    out: Annotated[Path, typer.Option("--out", help="The folder to write.")],
    source: Annotated[
        Path | None,
        typer.Option("--from", help="Folder or archive with the publisher's files, instead of a download."),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Fetch again and replace what was fetched.")] = False,
) -> None:
    """Fetch a public dataset into a folder that `autoncf run --data` can use."""
    from pipeline.datasets import fetch as fetch_dataset
    from pipeline.datasets import rich_progress

    with rich_progress(Console(stderr=True)) as progress:
        summary = fetch_dataset(name, out, source, force, progress)
    _print_summary(summary, out)


@data_app.command()
def check(
    folder: Annotated[Path, typer.Argument(help="Folder with interactions.csv, .tsv or .parquet.")],
    feedback: Annotated[
        Feedback, typer.Option("--feedback", help="What the values are, if no --config says it.")
    ] = Feedback.IMPLICIT,
    config: Annotated[
        str | None, typer.Option("--config", help="The rules of this config: a packaged one or a YAML file.")
    ] = None,
    overrides: Annotated[
        list[str] | None,
        typer.Option("--set", help="Set one key of the config, e.g. data.columns.value=null."),
    ] = None,
    quarantine: Annotated[
        Path | None, typer.Option("--quarantine", help="Write every row that breaks a rule to this file.")
    ] = None,
) -> None:
    """Say what a run would accept, quarantine or refuse in a folder; status 2 if it refuses the folder."""
    from pipeline.cli.data_check import check_folder, rules_of

    rules = rules_of(folder, feedback.value, config, overrides or [])
    check_folder(folder, rules, quarantine, Console())


def _print_summary(summary: "DatasetSummary", out: Path) -> None:
    counts = summary.counts
    table = Table(show_header=False)
    table.add_column()
    table.add_column(justify="right")
    for label, number in (
        ("users", counts.users),
        ("items", counts.items),
        ("interactions", counts.rows),
        ("test rows", counts.test_rows),
        ("candidates", counts.candidate_rows),
        ("titles", summary.titles),
    ):
        if number:
            table.add_row(label, f"{number:,}")
    console = Console()
    what = "is already there:" if summary.already_there else f"comes from {summary.source}:"
    console.print(f"{out}: {summary.name} {what}", markup=False, highlight=False, soft_wrap=True)
    console.print(table)
