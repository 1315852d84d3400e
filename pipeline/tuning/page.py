"""`report.html`: the whole report as one file, which needs nothing beside it."""

import base64
from collections.abc import Iterable, Sequence
from html import escape
from pathlib import Path

import yaml

from models.search.results import TrialResult
from pipeline.experiments.whole_file import write_whole
from pipeline.tuning.notes import best_in_words, headline, notes
from pipeline.tuning.reading import Search
from pipeline.tuning.slot_effects import Effects, Slot
from pipeline.tuning.structure_words import structure_in_words
from pipeline.tuning.words import choice_in_words, origin_in_words, settings_in_words

_STYLE = """
body { font: 15px/1.45 system-ui, sans-serif; color: #222 }
body { max-width: 1500px; margin: 2em auto; padding: 0 1em }
h1 { font-size: 1.5em } h2 { font-size: 1.15em; margin-top: 2em }
img { max-width: 100% }
table { border-collapse: collapse; font-size: .92em }
th, td { padding: .2em .7em; text-align: left; vertical-align: top; border-bottom: 1px solid #ddd }
.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap }
.chance td { color: #888 }
.slot td { border-top: 2px solid #999 }
details pre { margin: .3em 0; font-size: .95em }
"""

_NUMBERS = tuple("+-0123456789")


def write_page(search: Search, effects: Effects, plot: Path | None, file: Path) -> None:
    """Writes the page, whole or not at all.

    Args:
        search: what the page is about.
        effects: of its slots.
        plot: a PNG that becomes part of the page; None for none.
        file: to be written.
    """
    report = search.report
    title = f"S{search.title[1:]}"
    sections = [
        f"<h1>{escape(title)}</h1>",
        f"<p>{escape(headline(report))}.<br>{escape(best_in_words(report))}</p>",
    ]
    if plot is not None:
        picture = base64.b64encode(plot.read_bytes()).decode()
        sections.append(
            f'<img alt="effects of the slots, and the search" src="data:image/png;base64,{picture}">'
        )
    if report.ranked:
        sections += ["<h2>Leaderboard</h2>", _leaderboard(search)]
    if effects.slots:
        sections += ["<h2>What each choice of a slot does</h2>", _slots(effects)]
        sections += [f"<p>{escape(note)}</p>" for note in notes(report, effects)]
    without_value = [trial for trial in report.trials if trial.value is None]
    if without_value:
        sections += ["<h2>Trials without a value</h2>", _without_value(without_value)]
    text = (
        f'<!doctype html>\n<html lang="en">\n<meta charset="utf-8">\n<title>{escape(title)}</title>\n'
        f"<style>{_STYLE}</style>\n{chr(10).join(sections)}\n</html>\n"
    )
    write_whole(file, text.encode())


def _leaderboard(search: Search) -> str:
    report = search.report
    trials = {trial.number: trial for trial in report.trials}
    rows = [
        _row(
            str(rank),
            str(trial.number),
            escape(origin_in_words(trial, trials)),
            _structure(trial),
            escape(settings_in_words(trial.train)),
            f"{trial.value:.4f}",
            f"{trial.best_epoch} of {trial.epochs}",
            f"{trial.seconds:.1f}",
            f'<span title="{escape(trial.reason or "")}">{escape(trial.status)}</span>',
        )
        for rank, trial in enumerate(report.ranked, start=1)
    ]
    titles = ["rank", "trial", "origin", "structure", "settings", report.objective, "best epoch", "seconds"]
    return _table([*titles, "status"], rows)


def _structure(trial: TrialResult) -> str:
    """A few words, which open to the fragment of a config that trains it again."""
    fragment = yaml.safe_dump({"structure": trial.structure, "train": trial.train}, sort_keys=False)
    return (
        f"<details><summary>{escape(structure_in_words(trial.structure))}</summary>"
        f"<pre>{escape(fragment)}</pre></details>"
    )


def _slots(effects: Effects) -> str:
    rows = [row for slot in effects.slots for row in _choices(slot)]
    titles = ["slot", "choice", "effect", "±", "trials", "of them cut short", "failed besides", "best value"]
    return _table(titles, rows)


def _choices(slot: Slot) -> Iterable[str]:
    for choice in slot.choices:
        is_first = choice is slot.best
        classes = ["slot"] * is_first + ["chance"] * (not slot.stands_out)
        yield _row(
            escape(slot.name) if is_first else "",
            escape(choice_in_words(choice.value)),
            f"{choice.effect:+.4f}",
            f"{choice.error:.4f}",
            *map(str, (choice.trials, choice.cut_short, choice.failed)),
            f"{choice.best:.4f}",
            classes=classes,
        )


def _without_value(trials: Sequence[TrialResult]) -> str:
    rows = [
        _row(
            str(trial.number),
            escape(trial.origin),
            escape(trial.status),
            escape(structure_in_words(trial.structure)),
            escape(trial.reason or ""),
        )
        for trial in trials
    ]
    return _table(["trial", "origin", "status", "structure", "reason"], rows)


def _table(titles: Sequence[str], rows: Iterable[str]) -> str:
    head = "".join(f"<th>{escape(title)}</th>" for title in titles)
    return "\n".join(["<table>", f"<tr>{head}</tr>", *rows, "</table>"])


def _row(*cells: str, classes: Sequence[str] = ()) -> str:
    """A row of HTML.

    Args:
        cells: as HTML; those that begin as numbers do are set as numbers.
        classes: of the row.
    """
    told = f' class="{" ".join(classes)}"' if classes else ""
    return (
        f"<tr{told}>"
        + "".join(f'<td class="number">{c}</td>' if c[:1] in _NUMBERS else f"<td>{c}</td>" for c in cells)
        + "</tr>"
    )
