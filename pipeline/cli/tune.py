"""`autoncf tune`: what a search over structures tells."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from models.errors import UserError
from pipeline.cli.tensorflow_logs import import_tensorflow_silently
from pipeline.cli.tune_tables import effects_table, leaderboard_table, valueless_table

if TYPE_CHECKING:
    from pipeline.tuning.reading import Search
    from pipeline.tuning.slot_effects import Effects

tune_app = typer.Typer(
    help="Look into a search over structures, which `autoncf run --tune` makes.", no_args_is_help=True
)


@tune_app.callback()
def tune() -> None:
    """Keeps `report` a command of its own while it is the only one."""


@tune_app.command()
def report(
    root: Annotated[
        str,
        typer.Option("--root", help="The deployment whose search it is: a folder, s3://... or gs://..."),
    ],
    search: Annotated[
        str | None,
        typer.Option("--search", help="The run of an earlier search. Default: the last one, or what runs."),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", help="Write two CSV files, search.png, search.svg and report.html into this folder."
        ),
    ] = None,
    top: Annotated[int, typer.Option("--top", min=1, help="How many trials the leaderboard shows.")] = 10,
) -> None:
    """Show what a search tried, which choice of every slot helped, and what came to nothing."""
    from components import storage

    console = Console(highlight=False)
    if out is not None:
        _prepare(out)
    with console.status("Reading ..."):
        if not storage.is_local(root):
            import_tensorflow_silently()  # Beam reads object stores, and has to come after it
        from pipeline.tuning.reading import read_search
        from pipeline.tuning.slot_effects import slot_effects

        found = read_search(root, search)
        effects = slot_effects(found.report)
    _show(found, effects, top, console)
    if out is not None:
        with console.status("Drawing ..."):
            _write(found, effects, out)
        console.print(f"Written: {out}", markup=False, soft_wrap=True)


def _show(search: "Search", effects: "Effects", top: int, console: Console) -> None:
    from pipeline.tuning.notes import best_in_words, headline, notes

    told = search.report
    console.print(f"{search.title}: {headline(told)}", markup=False, soft_wrap=True)
    if told.ranked:
        console.print(leaderboard_table(told, top))
    if effects.slots:
        console.print(effects_table(effects))
        for note in notes(told, effects):
            console.print(note, style="dim", markup=False)
    without_value = [trial for trial in told.trials if trial.value is None]
    if without_value:
        console.print(valueless_table(told, without_value))
    console.print(best_in_words(told), markup=False, soft_wrap=True)
    if told.ranked:
        again = (
            "nothing to pin yet: best.yaml comes with the end of the run; if it was interrupted, the same "
            "command goes on with it"
            if search.best_file is None
            else f"train it again without a search: --set search.pinned={search.best_file}"
        )
        console.print(again, markup=False, soft_wrap=True)


def _prepare(out: Path) -> None:
    """Tells before anything is shown that plots cannot be drawn or files not be written."""
    from pipeline.experiments.reports.plots import require_matplotlib

    require_matplotlib()
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(f"--out {out} cannot be made ({error.strerror}); choose another folder.") from None


def _write(search: "Search", effects: "Effects", out: Path) -> None:
    from pipeline.tuning.csv_files import write_leaderboard, write_slots
    from pipeline.tuning.page import write_page
    from pipeline.tuning.plot import NAME, write_plot

    write_leaderboard(search.report, out / "leaderboard.csv")
    write_slots(effects, out / "slots.csv")
    write_plot(search.report, effects, out)
    plot = out / f"{NAME}.png" if search.report.ranked else None
    write_page(search, effects, plot, out / "report.html")
