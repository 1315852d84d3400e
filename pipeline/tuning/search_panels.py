"""The search as drawings: what every trial reached, and how they learnt."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np

from models.search.results import SearchReport, TrialResult
from pipeline.experiments.reports.plots import BLUE, GREEN, GREY, ORANGE, SKY_BLUE, VERMILION
from pipeline.tuning.slot_effects import is_cut_short
from pipeline.tuning.words import parent_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes

NAMED = 3
"""How many of the best presets are named beside their marks."""

SHOWN = 0.8
"""The best fraction of the trials lies within the axis; worse ones are arrows in the strip beside it."""

_STRIP = 0.12
"""Height of the strip for trials without a place on the axis, as a fraction of the axis."""


class Kind(NamedTuple):
    """Trials that are drawn alike."""

    name: str
    colour: str
    marker: str


CONFIG = Kind("the config", VERMILION, "D")
PRESET = Kind("preset", BLUE, "s")
RANDOM = Kind("random", ORANGE, "^")
CHANGED = Kind("changed trial", GREEN, "o")


def kind_of(trial: TrialResult) -> Kind:
    """By the origin."""
    if parent_of(trial) is not None:
        return CHANGED
    return {"config": CONFIG, "random": RANDOM}.get(trial.origin, PRESET)


def draw_trials(ax: "Axes", report: SearchReport) -> None:
    """The value of every trial by its number, hollow where it was cut short, and the best so far as steps.

    Args:
        ax: to be drawn on.
        report: with at least one trial that has a value.
    """
    trials = sorted(report.ranked, key=lambda trial: trial.number)
    numbers, values = _numbers(trials), _values(trials)
    best = (np.maximum if report.higher_is_better else np.minimum).accumulate(values)
    last = max(trial.number for trial in report.trials)
    ax.step([*numbers, last], [*best, best[-1]], where="post", color=GREY, linewidth=1.2, zorder=1)
    ax.set_ylim(_limits(report))
    off_axis = beyond(report)
    for trial in trials:
        if trial in off_axis:
            continue
        kind = kind_of(trial)
        fill = "white" if is_cut_short(trial) else kind.colour
        ax.plot(
            trial.number, trial.value or 0.0, kind.marker, color=kind.colour, markerfacecolor=fill,
            markersize=5, clip_on=False,
        )  # fmt: skip
    _draw_strip(ax, report, off_axis)
    _name_the_best(ax, report)
    ax.set_xlabel("trial, in the order of the start")
    ax.set_ylabel(_axis_label(report))
    ax.set_xlim(0.3, max(last + 0.7, 2))
    ax.grid(True)


def beyond(report: SearchReport) -> list[TrialResult]:
    """Trials whose values lie beyond the axis."""
    low, high = _limits(report)
    return [trial for trial in report.ranked if not low <= (trial.value or 0.0) <= high]


def arrow(report: SearchReport) -> str:
    """Mark of those trials: it points to where they are."""
    return r"$\downarrow$" if report.higher_is_better else r"$\uparrow$"


def _draw_strip(ax: "Axes", report: SearchReport, off_axis: Sequence[TrialResult]) -> None:
    """Arrows and crosses of the trials that have no place on the axis, behind a line at its worse end."""
    valueless = [trial.number for trial in report.trials if trial.value is None]
    if not valueless and not off_axis:
        return
    low, high = ax.get_ylim()
    ticks = [tick for tick in ax.get_yticks() if low <= tick <= high]
    height = _STRIP * (high - low)
    edge, outer = (low, low - height) if report.higher_is_better else (high, high + height)
    ax.set_ylim(min(low, outer), max(high, outer))
    ax.set_yticks(ticks)
    ax.axhline(edge, color=GREY, linewidth=0.8, linestyle=":")
    middle = (edge + outer) / 2
    ax.plot(valueless, [middle] * len(valueless), "x", color=GREY, markersize=5)
    for trial in off_axis:
        ax.plot(trial.number, middle, marker=arrow(report), color=kind_of(trial).colour, markersize=9)


def draw_curves(ax: "Axes", report: SearchReport) -> None:
    """The objective after every epoch: the best trial, the best presets and the rest behind them.

    Args:
        ax: to be drawn on.
        report: with at least one trial that has a value.
    """
    best = report.ranked[0]
    named = [trial for trial in _presets(report)[:NAMED] if trial is not best]
    for trial in report.ranked:
        if trial is not best and trial not in named:
            ax.plot(_epochs(trial), trial.curve, color="#BBBBBB", linewidth=0.7, zorder=1)
    for trial, colour in zip(named, (BLUE, SKY_BLUE, ORANGE), strict=False):
        ax.plot(_epochs(trial), trial.curve, color=colour, linewidth=1.3, label=_name(trial), zorder=2)
    ax.plot(_epochs(best), best.curve, color=GREEN, linewidth=1.8, label=f"best: {_name(best)}", zorder=3)
    ax.set_ylim(_limits(report))
    ax.set_xlabel("epoch")
    ax.set_ylabel(_axis_label(report))
    ax.grid(True)
    ax.legend(loc="lower right" if report.higher_is_better else "upper right")


def _name_the_best(ax: "Axes", report: SearchReport) -> None:
    best, last = report.ranked[0], max(trial.number for trial in report.trials)
    off_axis = beyond(report)
    named = {trial.number: trial for trial in [*_presets(report)[:NAMED], best] if trial not in off_axis}
    for trial in named.values():
        is_best = trial is best
        text = f"{_name(trial)}: {trial.value:.4f}" if is_best else _name(trial)
        above = report.higher_is_better == is_best
        ax.annotate(
            text,
            (trial.number, trial.value or 0.0),
            xytext=(0, 7 if above else -7),
            textcoords="offset points",
            ha=_alignment(trial.number / last),
            va="bottom" if above else "top",
            fontsize="small",
            fontweight="bold" if is_best else "normal",
        )


def _alignment(position: float) -> Literal["left", "center", "right"]:
    """Of a text above a position from 0 to 1, so that it stays within the panel."""
    if position < 0.1:
        return "left"
    return "right" if position > 0.9 else "center"


def _presets(report: SearchReport) -> list[TrialResult]:
    """Those and the config, the best first."""
    return [trial for trial in report.ranked if kind_of(trial) in (PRESET, CONFIG)]


def _name(trial: TrialResult) -> str:
    return f"trial {trial.number}" if kind_of(trial) in (CHANGED, RANDOM) else trial.origin


def _limits(report: SearchReport) -> tuple[float, float]:
    """Of the axis of values: the best trials with room for a text beside them."""
    values = _values(report.ranked)
    best = values[0]
    worst = float(np.quantile(values, 1 - SHOWN if report.higher_is_better else SHOWN))
    room = 0.12 * abs(best - worst) or 0.05 * abs(best) or 1.0
    return (worst - room, best + room) if report.higher_is_better else (best - room, worst + room)


def _axis_label(report: SearchReport) -> str:
    return f"{report.objective} on eval, {'higher' if report.higher_is_better else 'lower'} is better"


def _numbers(trials: Sequence[TrialResult]) -> list[int]:
    return [trial.number for trial in trials]


def _values(trials: Sequence[TrialResult]) -> np.ndarray:
    return np.array([trial.value for trial in trials], float)


def _epochs(trial: TrialResult) -> range:
    return range(1, len(trial.curve) + 1)
