"""`autoncf experiment`: the paper's experiments, one command each."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from models.errors import UserError
from pipeline.cli.space_separated import SpaceSeparated
from pipeline.cli.tensorflow_logs import import_tensorflow_silently

experiment_app = typer.Typer(
    help="Train many structures under one protocol, and report them: the paper's experiments.",
    no_args_is_help=True,
)

DataDirOption = Annotated[
    Path,
    typer.Option(
        "--data-dir", help="Where the datasets are: fetched folders by name, or the publishers' files."
    ),
]
OutOption = Annotated[
    Path,
    typer.Option("--out", help="The folder of the results. Models finished there are not trained again."),
]
SeedsOption = Annotated[int, typer.Option("--seeds", min=1, help="How many seeds.")]


@experiment_app.command(cls=SpaceSeparated)
def table2(
    data_dir: DataDirOption,
    out: OutOption,
    datasets: Annotated[
        list[str] | None,
        typer.Option(
            "--datasets",
            help="Such as lastfm amusic atoys ml-100k, or the STEM of a STEM.train.rating in the DeepCF "
            "layout. Default: those of lastfm, amusic and atoys that are there.",
        ),
    ] = None,
    seeds: SeedsOption = 3,
    rows: Annotated[
        list[str] | None,
        typer.Option(
            "--rows",
            help="Train only these, such as autoncf ease; others are reported if they are finished.",
        ),
    ] = None,
) -> None:
    """Every structure of Table I, autoncf and simple baselines: HR@10 and NDCG@10, or RMSE of ratings."""
    console = Console(highlight=False)
    with console.status("Loading TensorFlow ..."):
        import_tensorflow_silently()
        from pipeline.cli.experiment_screen import run_on_screen
        from pipeline.experiments.experiment import Experiment
        from pipeline.experiments.reports.table2_report import write_report
        from pipeline.experiments.table2 import trials

    _prepare(out)
    work = trials(data_dir, out, datasets, seeds, rows)
    run_on_screen(Experiment(work, out / "finished", rows), out, write_report, console)


@experiment_app.command(cls=SpaceSeparated)
def fig2(
    data_dir: DataDirOption,
    out: OutOption,
    datasets: Annotated[
        list[str] | None,
        typer.Option("--datasets", help="Such as ml-100k lastfm. Default: both."),
    ] = None,
    seeds: SeedsOption = 1,
    widths: Annotated[
        list[int] | None, typer.Option("--widths", min=2, help="Units of every layer. Default: 8 32 128 512.")
    ] = None,
) -> None:
    """Four combinations of inputs, two fusions, growing width: RMSE of ratings, HR@10 elsewhere."""
    console = Console(highlight=False)
    with console.status("Loading TensorFlow ..."):
        import_tensorflow_silently()
        from pipeline.cli.experiment_screen import run_on_screen
        from pipeline.experiments.experiment import Experiment
        from pipeline.experiments.fig2 import trials
        from pipeline.experiments.reports.fig2_report import write_fig2

    _prepare(out)
    work = trials(data_dir, out, datasets, seeds, widths)
    run_on_screen(Experiment(work, out / "finished"), out, write_fig2, console)


def _prepare(out: Path) -> None:
    """Tells before the first training that plots cannot be drawn or results not be written."""
    from pipeline.experiments.reports.plots import require_matplotlib

    require_matplotlib()
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(f"--out {out} cannot be made ({error.strerror}); choose another folder.") from None
