"""Structures, settings and values in a few words."""

from collections.abc import Mapping
from itertools import groupby
from typing import Any

from models.search.results import TrialResult
from models.search.settings import SlotValue

_SHORT = {"learning_rate": "rate ", "weight_decay": "decay ", "batch_size": "batch "}


def structure_in_words(structure: Mapping[str, Any]) -> str:
    """Such as `id·id product + id·id concat [64-32] → non-linear, bce`: inputs and fusion, prediction, loss.

    Args:
        structure: every slot, as in a configuration.
    """
    branches = []
    for words, alike in groupby(map(_branch, structure["branches"])):
        count = len(list(alike))
        branches.append(words if count == 1 else f"{count} × {words}")
    prediction = structure["prediction"]
    return (
        f"{' + '.join(branches)} → {prediction['kind']}{_sizes(prediction['hidden_sizes'])}, "
        f"{structure['loss']['kind']}"
    )


def settings_in_words(train: Mapping[str, Any]) -> str:
    """Such as `adamw, rate 0.005, decay 0.001, batch 4096`."""
    return ", ".join(f"{_SHORT.get(name, '')}{choice_in_words(value)}" for name, value in train.items())


def origin_in_words(trial: TrialResult, trials: Mapping[int, TrialResult]) -> str:
    """Where a trial came from; of a changed one, what is other than in the trial that was changed.

    Args:
        trial: any.
        trials: of the search, by number.
    """
    parent = trials.get(parent_of(trial) or 0)
    if parent is None:
        return trial.origin
    slots = list(dict.fromkeys([*trial.values, *parent.values]))
    changed = [
        f"{slot} {choice_in_words(trial.values[slot])}" if slot in trial.values else f"no {slot}"
        for slot in slots
        if trial.values.get(slot) != parent.values.get(slot)
    ]
    return f"{trial.origin}: {', '.join(changed)}" if changed else trial.origin


def parent_of(trial: TrialResult) -> int | None:
    """Number of the trial that was changed into this one; None if it is no changed one."""
    first, _, number = trial.origin.partition(" ")
    return int(number) if first == "from" and number.isdecimal() else None


def choice_in_words(value: SlotValue) -> str:
    """As a configuration has it."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _branch(branch: Mapping[str, Any]) -> str:
    inputs = f"{branch['user']['input']}·{branch['item']['input']}"
    return f"{inputs} {branch['fusion']}{_sizes(branch['hidden_sizes'])}"


def _sizes(hidden_sizes: list[int]) -> str:
    return f" [{'-'.join(map(str, hidden_sizes))}]" if hidden_sizes else ""
