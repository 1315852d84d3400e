"""Settings, origins and values in a few words."""

from collections.abc import Mapping
from typing import Any

from models.search.results import TrialResult
from models.search.settings import SlotValue

_SHORT = {"learning_rate": "rate", "weight_decay": "decay", "batch_size": "batch"}


def settings_in_words(train: Mapping[str, Any]) -> str:
    """Such as `adamw, rate 0.005, decay 0.001, batch 4096, patience 8`."""
    words = {name: choice_in_words(value) for name, value in train.items()}
    return ", ".join(
        word if name == "optimizer" else f"{_SHORT.get(name, name)} {word}" for name, word in words.items()
    )


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


def outcome_in_words(trial: TrialResult) -> str:
    """Such as `best epoch 32 of 40, 43 s, finished`."""
    epochs = f"best epoch {trial.best_epoch} of {trial.epochs}, " if trial.best_epoch else ""
    return f"{epochs}{trial.seconds:.0f} s, {trial.status}"


def parent_of(trial: TrialResult) -> int | None:
    """Number of the trial that was changed into this one; None if it is no changed one."""
    first, _, number = trial.origin.partition(" ")
    return int(number) if first == "from" and number.isdecimal() else None


def choice_in_words(value: SlotValue) -> str:
    """As a configuration has it."""
    return str(value).lower() if isinstance(value, bool) else str(value)
