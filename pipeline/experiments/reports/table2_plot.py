"""`table2.png` and `table2.svg`: the structures of each dataset on a line, the best on top."""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from pipeline.experiments.baselines import BASELINES, RATING_BASELINES
from pipeline.experiments.reports.markdown import decimal
from pipeline.experiments.reports.over_seeds import (
    Spread,
    by_dataset,
    by_structure,
    has_ratings,
    selected,
    spread,
)
from pipeline.experiments.reports.plots import BLUE, GREY, ORANGE, VERMILION, write_figure
from pipeline.experiments.results import Result

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

PANELS_PER_ROW = 3
PANEL_WIDTH = 4.0
HEIGHT_PER_STRUCTURE = 0.24
HEIGHT_OF_TEXTS = 1.0


class Family(NamedTuple):
    """Structures that are drawn alike."""

    name: str
    colour: str
    marker: str


SIMPLE = Family("baselines", ORANGE, "s")
PAPER = Family("the paper's structures", BLUE, "o")
REFERENCE = Family("autoncf", VERMILION, "D")


class Panel(NamedTuple):
    """What is drawn of one dataset.

    Attributes:
        dataset: its name.
        metric: what the horizontal axis says.
        rows: structure and its values, the best last, which is drawn on top.
    """

    dataset: str
    metric: str
    rows: list[tuple[str, Spread]]


def write_plot(results: Sequence[Result], folder: Path, reference: str = "autoncf") -> None:
    """Writes both files, or none where there is no value to draw.

    Args:
        results: of `table2`; those selected by validation are drawn.
        folder: of the files.
        reference: drawn in a colour of its own.
    """
    panels = [_panel(dataset, group) for dataset, group in by_dataset(results).items()]
    panels = [panel for panel in panels if panel.rows]
    if not panels:
        return
    rows = math.ceil(len(panels) / PANELS_PER_ROW)
    columns = math.ceil(len(panels) / rows)
    height = HEIGHT_OF_TEXTS + HEIGHT_PER_STRUCTURE * max(len(panel.rows) for panel in panels)

    def draw(figure: "Figure") -> None:
        axes = figure.subplots(rows, columns, squeeze=False).ravel()
        families: set[Family] = set()
        for ax, panel in zip(axes, panels, strict=False):
            families.update(_draw(ax, panel, reference))
        for ax in axes[len(panels) :]:
            ax.remove()
        _legend(figure, families)

    write_figure(draw, (PANEL_WIDTH * columns, height * rows + 0.3), folder, "table2")


def _panel(dataset: str, results: Sequence[Result]) -> Panel:
    ratings = has_ratings(results)
    metric = "rmse" if ratings else "cold_last_ndcg_at_10"
    spreads = {
        structure: spread(selected(group, "validation"), metric)
        for structure, group in by_structure(results).items()
    }
    rows = [(structure, values) for structure, values in spreads.items() if values]
    rows.sort(key=lambda row: -row[1].mean if ratings else row[1].mean)
    return Panel(dataset, "RMSE, lower is better" if ratings else "cold-last NDCG@10", rows)


def _draw(ax: "Axes", panel: Panel, reference: str) -> list[Family]:
    """Draws a panel and tells the families in it."""
    families = [family_of(structure, reference) for structure, _ in panel.rows]
    for height, ((_, values), family) in enumerate(zip(panel.rows, families, strict=True)):
        ax.plot([values.low, values.high], [height, height], color=family.colour, linewidth=1.8, alpha=0.6)
        ax.plot(values.mean, height, family.marker, color=family.colour, markersize=5)
        # Beside the axes and not beside the dots, so that no text meets a dot.
        ax.text(
            1.02, height, decimal(values.mean), transform=ax.get_yaxis_transform(), va="center", color=GREY
        )
    ax.set_yticks(range(len(panel.rows)), [structure for structure, _ in panel.rows])
    ax.set_ylim(-0.7, len(panel.rows) - 0.3)
    ax.tick_params(axis="y", length=0)
    ax.grid(True)
    ax.set_title(panel.dataset)
    ax.set_xlabel(panel.metric)
    return families


def _legend(figure: "Figure", families: set[Family]) -> None:
    from matplotlib.lines import Line2D

    shown = [family for family in (REFERENCE, PAPER, SIMPLE) if family in families]
    handles = [
        Line2D([], [], linestyle="none", marker=family.marker, color=family.colour, label=family.name)
        for family in shown
    ]
    figure.legend(handles=handles, loc="outside lower center", ncols=len(shown))


def family_of(structure: str, reference: str) -> Family:
    """The reference, a baseline by its name, or a structure of the paper."""
    if structure == reference:
        return REFERENCE
    return SIMPLE if structure in {**BASELINES, **RATING_BASELINES} else PAPER
