"""The effects of the slots as a drawing: a dot per choice, grouped by slot."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from pipeline.experiments.reports.plots import BLUE, GREY, VERMILION
from pipeline.tuning.slot_effects import Choice, Slot
from pipeline.tuning.words import choice_in_words

if TYPE_CHECKING:
    from matplotlib.axes import Axes

GAP = 1
"""Empty rows between two slots."""

CHANCE_COLOUR = "#A0A0A0"
"""Of the slots that do not stand out."""


def rows_of(slot: Slot) -> int:
    """How many rows of a drawing a slot takes: its name, its choices and the gap."""
    return 1 + len(slot.choices) + GAP


def draw_effects(ax: "Axes", slots: Sequence[Slot], rows: int, limits: tuple[float, float]) -> None:
    """Draws slots from the top, each choice with its standard error and its number of trials.

    What could be chance is grey.

    Args:
        ax: to be drawn on.
        slots: in their order.
        rows: height of the panel; at least as many as the slots take.
        limits: of the horizontal axis.
    """
    names, at, row = [], [], 0
    for slot in slots:
        names.append(slot.name)
        at.append(row)
        for choice in _in_order(slot):
            row += 1
            names.append(choice_in_words(choice.value))
            at.append(row)
            _draw(ax, choice, row, slot.stands_out)
        row += 1 + GAP
    ax.set_yticks(at, names)
    for label in ax.get_yticklabels():
        if label.get_position()[1] in _starts(slots):
            label.set_fontweight("bold")
    ax.tick_params(axis="y", length=0)
    ax.axvline(0, color=GREY, linewidth=0.8)
    ax.set_xlim(limits)
    ax.set_ylim(rows - 1, -0.8)
    ax.grid(True, axis="x")
    ax.spines["left"].set_visible(False)


def _draw(ax: "Axes", choice: Choice, row: int, stands_out: bool) -> None:
    better = BLUE if choice.effect >= 0 else VERMILION
    colour = better if stands_out else CHANCE_COLOUR
    ax.plot(
        [choice.effect - choice.error, choice.effect + choice.error], [row, row], color=colour, alpha=0.45
    )
    ax.plot(choice.effect, row, "o" if choice.effect >= 0 else "s", color=colour, markersize=5)
    # Beside the axes and not beside the dots, so that no text meets a dot.
    count = str(choice.trials) + (f" ({choice.failed} failed)" if choice.failed else "")
    ax.text(1.01, row, count, transform=ax.get_yaxis_transform(), va="center", color=GREY, fontsize="small")


def _in_order(slot: Slot) -> list[Choice]:
    """Numbers by their size, so that a trend is seen; others the best first."""
    if all(isinstance(choice.value, (int, float)) for choice in slot.choices):
        return sorted(slot.choices, key=lambda choice: choice.value)
    return list(slot.choices)


def _starts(slots: Sequence[Slot]) -> set[int]:
    starts, row = set(), 0
    for slot in slots:
        starts.add(row)
        row += rows_of(slot)
    return starts
