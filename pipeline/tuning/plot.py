"""`search.png` and `search.svg`: which slots matter, and how the search went."""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from models.search.results import SearchReport
from pipeline.experiments.reports.plots import GREY, write_figure
from pipeline.tuning.effects_panel import draw_effects, rows_of
from pipeline.tuning.notes import headline
from pipeline.tuning.search_panels import (
    CHANGED,
    CONFIG,
    PRESET,
    RANDOM,
    arrow,
    beyond,
    draw_curves,
    draw_trials,
    kind_of,
)
from pipeline.tuning.slot_effects import Effects, Slot, is_cut_short

if TYPE_CHECKING:
    from matplotlib.figure import Figure, FigureBase

NAME = "search"
MOST_SLOTS = 12
WIDTH, MIN_HEIGHT = 15.0, 6.5
IN_A_ROW = 6
"""As many entries of the legend fit side by side."""
HEIGHT_PER_ROW, HEIGHT_OF_TEXTS = 0.17, 1.2


def write_plot(report: SearchReport, effects: Effects, folder: Path) -> None:
    """Writes both files, or none where no trial has a value.

    Left are the effects of the slots that are clearest, in two columns of one scale; right what every
    trial reached, and below it how the trials learnt.

    Args:
        report: of a search.
        effects: of its slots.
        folder: of the files, made where it is not there.

    Raises:
        UserError: if matplotlib is not installed.
    """
    if not report.ranked:
        return
    columns = _columns(effects.slots[:MOST_SLOTS])
    rows = max((sum(map(rows_of, column)) for column in columns), default=0)
    height = max(MIN_HEIGHT, HEIGHT_OF_TEXTS + HEIGHT_PER_ROW * rows)

    def draw(figure: "Figure") -> None:
        figure.suptitle(headline(report), color=GREY, fontsize="medium")
        left, right = figure.subfigures(1, 2, width_ratios=(1.2, 1)) if columns else (None, figure)
        if left is not None:
            _draw_effects(left, columns, rows, report, effects)
        upper, lower = right.subplots(2, 1)
        upper.set_title("the search")
        draw_trials(upper, report)
        lower.set_title("how the trials learnt")
        draw_curves(lower, report)
        _legend(right, report)

    write_figure(draw, (WIDTH, height), folder, NAME)


def _draw_effects(
    figure: "FigureBase", columns: Sequence[Sequence[Slot]], rows: int, report: SearchReport, effects: Effects
) -> None:
    choices = [choice for column in columns for slot in column for choice in slot.choices]
    # Errors may leave the panel; the dots decide its scale.
    low, high = min(choice.effect for choice in choices), max(choice.effect for choice in choices)
    room = 0.15 * (high - low) or 1.0
    axes = figure.subplots(1, len(columns), squeeze=False)[0]
    for ax, column in zip(axes, columns, strict=True):
        draw_effects(ax, column, rows, (low - room, high + room))
    hidden = len(effects.slots) - MOST_SLOTS
    more = f" (the clearest {MOST_SLOTS} of {len(effects.slots)})" if hidden > 0 else ""
    figure.suptitle(f"what each choice of a slot does{more}", fontweight="bold", fontsize=10)
    figure.supxlabel(
        f"effect on {report.objective}, right is better; a line is a standard error, a number the trials, "
        "grey what could be chance",
        fontsize=9,
    )


def _columns(slots: Sequence[Slot]) -> list[list[Slot]]:
    """Two columns of about the same height, or fewer."""
    half = sum(map(rows_of, slots)) / 2
    columns: list[list[Slot]] = [[], []]
    for slot in slots:
        before = sum(map(rows_of, columns[0]))
        fits = not columns[1] and before + rows_of(slot) / 2 <= half
        columns[0 if fits else 1].append(slot)
    return [column for column in columns if column]


def _legend(figure: "FigureBase", report: SearchReport) -> None:
    from matplotlib.lines import Line2D

    present = {kind_of(trial) for trial in report.ranked}
    handles = [
        Line2D([], [], linestyle="none", marker=kind.marker, color=kind.colour, label=kind.name)
        for kind in (CONFIG, PRESET, RANDOM, CHANGED)
        if kind in present
    ]
    handles.append(Line2D([], [], color=GREY, label="best so far"))
    if any(map(is_cut_short, report.ranked)):
        handles.append(
            Line2D(
                [], [], linestyle="none", marker="o", color=GREY, markerfacecolor="white", label="cut short"
            )
        )
    off_axis = beyond(report)
    if off_axis:
        side = "below" if report.higher_is_better else "above"
        label = f"{len(off_axis)} {side} the axis"
        handles.append(Line2D([], [], linestyle="none", marker=arrow(report), color=GREY, label=label))
    if any(trial.value is None for trial in report.trials):
        handles.append(Line2D([], [], linestyle="none", marker="x", color=GREY, label="no value"))
    rows = 1 if len(handles) <= IN_A_ROW else 2
    columns = {"ncols": math.ceil(len(handles) / rows), "columnspacing": 1.0, "handletextpad": 0.2}
    figure.legend(handles=handles, loc="outside lower center", **columns)
