"""The command `autoncf`."""

import sys

import typer
from rich.console import Console

from components.errors import UserError
from pipeline.cli.data import data_app
from pipeline.cli.demo import demo
from pipeline.cli.recommend import recommend
from pipeline.cli.run import run
from pipeline.cli.serve import serve
from pipeline.cli.status import status
from serving.errors import ServingError

app = typer.Typer(
    help="From interactions to a served recommender: ingest, validate, train, evaluate, push, serve.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
)
app.add_typer(data_app, name="data")
app.command()(run)
app.command()(serve)
app.command()(recommend)
app.command()(status)
app.command()(demo)


def main() -> None:
    """Runs the command line; a mistake of the user is one sentence and exit status 2."""
    try:
        app(prog_name="autoncf")
    except (UserError, ServingError) as error:
        Console(stderr=True).print(str(error), style="red", markup=False, highlight=False, soft_wrap=True)
        sys.exit(2)
