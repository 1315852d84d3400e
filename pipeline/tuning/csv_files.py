"""`leaderboard.csv`, a row per trial, and `slots.csv`, a row per choice of a slot."""

import csv
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from models.search.results import SearchReport, TrialResult
from pipeline.experiments.whole_file import write_whole
from pipeline.tuning.slot_effects import Effects
from pipeline.tuning.words import choice_in_words

SLOT = "slot."
"""Before the name of a slot that is a column."""


def write_leaderboard(report: SearchReport, file: Path) -> None:
    """Writes every trial, the best first, without a rank those that have no value; whole or not at all.

    A slot that a structure does not have is an empty cell. `structure` and `train` are JSON, as in a
    configuration.
    """
    slots = list(dict.fromkeys(slot for trial in report.trials for slot in trial.values))
    without_value = [trial for trial in report.trials if trial.value is None]
    columns = ["rank", "trial", "origin", "status", "reason", report.objective]
    columns += ["best_epoch", "epochs", "seconds", *(SLOT + slot for slot in slots), "structure", "train"]
    rows = [{"rank": rank, **_row(report, trial)} for rank, trial in enumerate(report.ranked, start=1)]
    _write(columns, [*rows, *(_row(report, trial) for trial in without_value)], file)


def write_slots(effects: Effects, file: Path) -> None:
    """Writes every choice of every slot with its effect, whole or not at all."""
    columns = ["slot", "stands_out", "choice", "effect", "standard_error"]
    columns += ["trials", "cut_short", "failed", "best"]
    rows = [
        {
            "slot": slot.name,
            "stands_out": choice_in_words(slot.stands_out),
            "choice": choice_in_words(choice.value),
            "effect": f"{choice.effect:.6f}",
            "standard_error": f"{choice.error:.6f}",
            "trials": choice.trials,
            "cut_short": choice.cut_short,
            "failed": choice.failed,
            "best": f"{choice.best:.6f}",
        }
        for slot in effects.slots
        for choice in slot.choices
    ]
    _write(columns, rows, file)


def _row(report: SearchReport, trial: TrialResult) -> dict[str, Any]:
    return {
        "trial": trial.number,
        "origin": trial.origin,
        "status": trial.status,
        "reason": trial.reason or "",
        report.objective: "" if trial.value is None else f"{trial.value:.6f}",
        "best_epoch": trial.best_epoch,
        "epochs": trial.epochs,
        "seconds": f"{trial.seconds:.1f}",
        **{SLOT + slot: choice_in_words(value) for slot, value in trial.values.items()},
        "structure": json.dumps(trial.structure),
        "train": json.dumps(trial.train),
    }


def _write(columns: Sequence[str], rows: Iterable[Mapping[str, Any]], file: Path) -> None:
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    write_whole(file, text.getvalue().encode())
