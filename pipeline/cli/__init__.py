"""The command `autoncf`."""

import typer

from pipeline.cli.data import data_app
from pipeline.cli.demo import demo
from pipeline.cli.errors import SentenceGroup
from pipeline.cli.experiment import experiment_app
from pipeline.cli.kubeflow import kubeflow_app
from pipeline.cli.label import label
from pipeline.cli.recommend import recommend
from pipeline.cli.rollback import rollback
from pipeline.cli.run import run
from pipeline.cli.schedule import schedule
from pipeline.cli.score import score
from pipeline.cli.serve import serve
from pipeline.cli.similar import similar
from pipeline.cli.status import status
from pipeline.cli.tune import tune_app

app = typer.Typer(
    cls=SentenceGroup,
    help="From interactions to a served recommender: ingest, validate, train, evaluate, push, serve.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
)
app.add_typer(data_app, name="data")
app.add_typer(experiment_app, name="experiment")
app.add_typer(kubeflow_app, name="kubeflow")
app.add_typer(tune_app, name="tune")
app.command()(run)
app.command()(schedule)
app.command()(serve)
app.command()(recommend)
app.command()(similar)
app.command()(score)
app.command()(status)
app.command()(label)
app.command()(rollback)
app.command()(demo)


def main() -> None:
    """Runs the command line."""
    app(prog_name="autoncf")
