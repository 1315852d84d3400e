"""Tables of a search that the command line prints."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from models.search.results import SearchReport, TrialResult
    from pipeline.tuning.slot_effects import Choice, Effects

STYLES = {"finished": "", "halved": "dim", "out of time": "yellow", "failed": "red"}
"""Of the statuses of trials."""


def leaderboard_table(report: "SearchReport", top: int) -> Table:
    """The best trials.

    Args:
        report: of a search.
        top: how many.
    """
    from pipeline.tuning.words import origin_in_words, settings_in_words, structure_in_words

    trials = {trial.number: trial for trial in report.trials}
    shown = report.ranked[:top]
    title = f"leaderboard: the best {len(shown)} of {len(report.ranked)}"
    table = Table(title=title, title_justify="left")
    table.add_column("rank", justify="right", no_wrap=True)
    table.add_column("trial", overflow="fold")
    table.add_column(report.objective, justify="right", no_wrap=True)
    table.add_column("epochs", justify="right", no_wrap=True)
    table.add_column("seconds", justify="right", no_wrap=True)
    table.add_column("status", no_wrap=True)
    for rank, trial in enumerate(shown, start=1):
        about = Text(f"{trial.number}, {origin_in_words(trial, trials)}", style="bold")
        about.append(f"\n{structure_in_words(trial.structure)}", style="not bold")
        about.append(f"\n{settings_in_words(trial.train)}", style="not bold dim")
        table.add_row(
            str(rank),
            about,
            f"{trial.value:.4f}",
            f"{trial.best_epoch} of {trial.epochs}",
            f"{trial.seconds:.0f}",
            Text(trial.status, style=STYLES[trial.status]),
        )
    return table


def effects_table(effects: "Effects") -> Table:
    """The best and the worst choice of every slot: effect, standard error and number of trials.

    Args:
        effects: of a search.
    """
    table = Table(title="slots, the widest effect first (number of trials)", title_justify="left")
    table.add_column("slot", overflow="fold")
    table.add_column("best choice", overflow="fold")
    table.add_column("worst choice", overflow="fold")
    for slot in effects.slots:
        table.add_row(slot.name, _cell(slot.best), _cell(slot.worst))
    return table


def failed_table(failed: "Sequence[TrialResult]") -> Table:
    """Why trials have no value.

    Args:
        failed: those trials.
    """
    from pipeline.tuning.words import structure_in_words

    table = Table(title="failed trials", title_justify="left")
    table.add_column("trial", justify="right", no_wrap=True)
    table.add_column("origin", no_wrap=True)
    table.add_column("structure", overflow="fold")
    table.add_column("reason", overflow="fold")
    for trial in failed:
        structure = Text(structure_in_words(trial.structure))
        table.add_row(str(trial.number), Text(trial.origin), structure, Text(trial.reason or ""))
    return table


def _cell(choice: "Choice") -> Text:
    from pipeline.tuning.words import choice_in_words

    return Text(
        f"{choice_in_words(choice.value)}: {choice.effect:+.4f} ±{choice.error:.4f} ({choice.trials})"
    )
