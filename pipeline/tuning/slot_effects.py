"""What every choice of a slot did to the objective, the other slots set apart."""

import dataclasses
from collections.abc import Sequence
from statistics import NormalDist

import numpy as np

from models.search.results import SearchReport, TrialResult
from models.search.settings import SlotValue
from pipeline.tuning.additive_fit import fit
from pipeline.tuning.words import choice_in_words

MOST_MEDIANS = 2.0
"""Where less is better, what is beyond so many medians counts as that many: such values have no bound, and a
single one would decide everything."""

MIN_TRIALS = 20
"""With fewer, what they tell of each other is left unsaid: it would be chance."""

CHANCE = 0.05
"""How often a slot that does nothing may stand out."""


@dataclasses.dataclass(frozen=True)
class Choice:
    """One choice of a slot.

    Attributes:
        value: the choice.
        effect: in units of the objective, positive if it helps; 0 is the average trial that has the slot.
        error: standard error of the effect, as far as an additive model can tell it.
        trials: with this choice and a value of the objective.
        cut_short: how many of them were halved or out of time.
        failed: trials with this choice that failed; they do not count in the effect.
        best: the best value of the objective with this choice.
    """

    value: SlotValue
    effect: float
    error: float
    trials: int
    cut_short: int
    failed: int
    best: float


@dataclasses.dataclass(frozen=True)
class Slot:
    """The choices of a slot that were tried, the best effect first.

    Attributes:
        name: as in `search.space`.
        choices: two or more.
        clearness: the difference of two choices in its standard errors, of those two that differ most so.
    """

    name: str
    choices: tuple[Choice, ...]
    clearness: float

    @property
    def best(self) -> Choice:
        """The choice that helped most."""
        return self.choices[0]

    @property
    def worst(self) -> Choice:
        """The choice that helped least."""
        return self.choices[-1]

    @property
    def stands_out(self) -> bool:
        """Whether two choices differ by more than chance: about two errors, more where there are more pairs
        of choices, because the widest difference of many is wide by chance."""
        pairs = len(self.choices) * (len(self.choices) - 1) / 2
        return self.clearness > NormalDist().inv_cdf(1 - CHANCE / 2 / pairs)


@dataclasses.dataclass(frozen=True)
class Effects:
    """Of all slots.

    Attributes:
        slots: with two choices or more; those that stand out first, then the clearest.
        predicted: the fraction of the variance of trials that the model explains when each is left out of
            its fit, at most 1; below 0 it does worse than the mean. None if there is nothing to explain, or
            fewer than `MIN_TRIALS`.
        capped: how many trials counted as `MOST_MEDIANS` medians.
    """

    slots: tuple[Slot, ...] = ()
    predicted: float | None = None
    capped: int = 0


def is_cut_short(trial: TrialResult) -> bool:
    """Whether a trial might have come further: it was halved or out of time."""
    return trial.status in ("halved", "out of time")


def slot_effects(report: SearchReport) -> Effects:
    """Fits `objective = mean + one effect for each slot's choice` by least squares with a ridge.

    Effects are shrunk, as far as that helps to predict trials that are left out. A slot that only some
    structures have is centred among the trials that have it and adds nothing to the others; whether it is
    there is the effect of the slot that it hangs on. Slots with one choice are left out. Trials count with
    their best epoch.

    Args:
        report: of a search; without two trials with a value there are no effects.
    """
    trials = report.ranked
    choices = _choices(trials)
    if not choices:
        return Effects()
    gains, capped = _gains(report, trials)
    columns = np.concatenate([_centred(trials, slot, values) for slot, values in choices.items()], axis=1)
    deviations = gains - gains.mean() if np.ptp(gains) else np.zeros(len(gains))
    found = fit(columns, deviations)

    slots, start = [], 0
    for slot, values in choices.items():
        own = slice(start, start + len(values))
        slots.append(_slot(report, slot, values, found.weights[own], found.covariance[own, own]))
        start += len(values)
    slots.sort(key=lambda slot: (not slot.stands_out, -slot.clearness))
    return Effects(tuple(slots), _predicted(deviations, found.missed), capped)


def _predicted(deviations: np.ndarray, missed: np.ndarray) -> float | None:
    """The fraction of the variance that is explained of trials that are left out."""
    count = len(deviations)
    if count < MIN_TRIALS or not deviations.any():
        return None
    left_out = deviations * count / (count - 1)  # the mean's own misses, by the same rule
    return 1 - float(missed @ missed) / float(left_out @ left_out)


def _choices(trials: Sequence[TrialResult]) -> dict[str, list[SlotValue]]:
    """The choices of every slot that has two, in the order of their first trial."""
    found: dict[str, dict[SlotValue, None]] = {}
    for trial in sorted(trials, key=lambda trial: trial.number):
        for slot, value in trial.values.items():
            found.setdefault(slot, {})[value] = None
    return {slot: list(values) for slot, values in found.items() if len(values) > 1}


def _gains(report: SearchReport, trials: Sequence[TrialResult]) -> tuple[np.ndarray, int]:
    """The objective of each trial so that more is better, and how many were capped."""
    values = np.array([trial.value for trial in trials], float)
    if report.higher_is_better:
        return values, 0
    most = MOST_MEDIANS * float(np.median(values))
    return -np.minimum(values, most), int((values > most).sum())


def _centred(trials: Sequence[TrialResult], slot: str, values: Sequence[SlotValue]) -> np.ndarray:
    """One column per choice, float [trials, choices]: 1 or 0 less its mean, all 0 without the slot."""
    has = np.array([slot in trial.values for trial in trials])
    columns = np.array([[trial.values.get(slot) == value for value in values] for trial in trials], float)
    columns[has] -= columns[has].mean(axis=0)
    return columns


def _slot(
    report: SearchReport, name: str, values: Sequence[SlotValue], weights: np.ndarray, covariance: np.ndarray
) -> Slot:
    """The effects less their mean over the trials, with their errors.

    Args:
        report: of the search.
        name: of the slot.
        values: its choices.
        weights: of each choice in the fit.
        covariance: of the weights.
    """
    groups = [[trial for trial in report.ranked if trial.values.get(name) == value] for value in values]
    shares = np.array([len(group) for group in groups], float)
    centring = np.eye(len(values)) - shares / shares.sum()
    effects = centring @ weights
    errors = np.sqrt(np.diag(centring @ covariance @ centring.T))
    failed = [trial.values.get(name) for trial in report.trials if trial.status == "failed"]
    choices = [
        Choice(
            value=value,
            effect=float(effect),
            error=float(error),
            trials=len(group),
            cut_short=sum(is_cut_short(trial) for trial in group),
            failed=failed.count(value),
            best=group[0].value or 0.0,
        )
        for value, group, effect, error in zip(values, groups, effects, errors, strict=True)
    ]
    choices.sort(key=lambda choice: (-choice.effect, choice_in_words(choice.value)))
    return Slot(name, tuple(choices), _clearness(weights, covariance))


def _clearness(weights: np.ndarray, covariance: np.ndarray) -> float:
    """The largest difference of two weights, each in its standard errors; 0 without errors."""
    differences = np.abs(weights[:, None] - weights[None, :])
    variances = np.diag(covariance)
    errors = np.sqrt(np.maximum(variances[:, None] + variances[None, :] - 2 * covariance, 0))
    return float(np.divide(differences, errors, out=np.zeros_like(differences), where=errors > 0).max())
