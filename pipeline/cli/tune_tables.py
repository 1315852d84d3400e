"""Tables of a search that the command line prints."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from models.search.results import SearchReport, TrialResult
    from pipeline.tuning.slot_effects import Choice, Effects

STYLES = {"finished": "dim", "halved": "dim", "out of time": "yellow", "failed": "red"}
"""Of the statuses of trials."""


def leaderboard_table(report: "SearchReport", top: int) -> Table:
    """The best trials.

    Args:
        report: of a search.
        top: how many.
    """
    from pipeline.tuning.words import outcome_in_words, settings_in_words

    shown = report.ranked[:top]
    title = f"leaderboard: the best {len(shown)} of {len(report.ranked)}"
    table = Table(title=title, title_justify="left")
    table.add_column("rank", justify="right", no_wrap=True)
    table.add_column(report.objective, justify="right", no_wrap=True)
    table.add_column("trial", overflow="fold")
    for rank, trial in enumerate(shown, start=1):
        about = _about(trial, report)
        about.append(f"\n{settings_in_words(trial.train)}", style="dim")
        about.append(f"\n{outcome_in_words(trial)}", style=STYLES[trial.status])
        table.add_row(str(rank), f"{trial.value:.4f}", about)
    return table


def effects_table(effects: "Effects") -> Table:
    """The best and the worst choice of every slot: effect, standard error and number of trials; below
    a line, and dim, those that could be chance.

    Args:
        effects: of a search.
    """
    table = Table(title="slots, the clearest first (number of trials)", title_justify="left")
    table.add_column("slot", overflow="fold")
    table.add_column("best choice", overflow="fold")
    table.add_column("worst choice", overflow="fold")
    last_clear = next((slot for slot in reversed(effects.slots) if slot.stands_out), None)
    for slot in effects.slots:
        table.add_row(
            slot.name,
            _cell(slot.best),
            _cell(slot.worst),
            style="" if slot.stands_out else "dim",
            end_section=slot is last_clear,
        )
    return table


def valueless_table(report: "SearchReport", trials: "Sequence[TrialResult]") -> Table:
    """Why trials have no value.

    Args:
        report: of a search.
        trials: of it, those without a value.
    """
    from pipeline.tuning.words import outcome_in_words

    table = Table(title=f"trials without a value: {len(trials)}", title_justify="left")
    table.add_column("trial", overflow="fold")
    table.add_column("reason", overflow="fold")
    for trial in trials:
        reason = Text(outcome_in_words(trial), style=STYLES[trial.status])
        if trial.reason:
            reason.append(f"\n{trial.reason}", style="not dim default")
        table.add_row(_about(trial, report), reason)
    return table


def _about(trial: "TrialResult", report: "SearchReport") -> Text:
    from pipeline.tuning.structure_words import structure_in_words
    from pipeline.tuning.words import origin_in_words

    trials = {other.number: other for other in report.trials}
    about = Text.assemble((f"{trial.number}, {origin_in_words(trial, trials)}", "bold"))
    return about.append(f"\n{structure_in_words(trial.structure)}")


def _cell(choice: "Choice") -> Text:
    from pipeline.tuning.words import choice_in_words

    return Text(
        f"{choice_in_words(choice.value)}: {choice.effect:+.4f} ±{choice.error:.4f} ({choice.trials})"
    )
