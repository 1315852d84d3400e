"""`fig2.png` and `fig2.svg`: two panels for each dataset, as in the paper."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.experiments.reports.fig2_grid import COMBINATIONS, FUSIONS, Grid, grids
from pipeline.experiments.reports.over_seeds import by_dataset, has_ratings, selected
from pipeline.experiments.reports.plots import BLUE, GREEN, ORANGE, VERMILION, write_figure
from pipeline.experiments.results import Result

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

PANEL_WIDTH, PANEL_HEIGHT = 4.2, 3.0
LINES = dict(
    zip(
        COMBINATIONS.values(),
        ((ORANGE, "s", ":"), (BLUE, "o", "--"), (GREEN, "^", "-."), (VERMILION, "D", "-")),
        strict=True,
    )
)
"""Colour, marker and dashes of each, so that a print without colours can be read."""


def write_plot(results: Sequence[Result], folder: Path) -> None:
    """Writes both files, or none where there is no value to draw.

    Args:
        results: of `fig2`; those selected by validation are drawn.
        folder: of the files.
    """
    panels = []
    for dataset, group in by_dataset(selected(results, "validation")).items():
        ratings = has_ratings(group)
        found = grids(group, "rmse" if ratings else "raw_hr_at_10")
        if any(found.values()):
            panels.append((dataset, "RMSE, lower is better" if ratings else "raw HR@10", found))
    if not panels:
        return

    def draw(figure: "Figure") -> None:
        axes = figure.subplots(len(panels), len(FUSIONS), sharey="row", squeeze=False)
        for row, (dataset, metric, found) in zip(axes, panels, strict=True):
            row[0].set_ylabel(metric)
            for ax, (fusion, title) in zip(row, FUSIONS.items(), strict=True):
                ax.set_title(f"{dataset}: {title.lower().replace('mlp', 'MLP')}")
                _draw(ax, found[fusion])
        _legend(figure)

    size = (PANEL_WIDTH * len(FUSIONS), PANEL_HEIGHT * len(panels) + 0.4)
    write_figure(draw, size, folder, "fig2")


def _draw(ax: "Axes", grid: Grid) -> None:
    """A line for each combination of inputs, with the range over the seeds at each width."""
    widths = sorted({width for _, width in grid})
    for name, (colour, marker, dashes) in LINES.items():
        points = [(width, grid[name, width]) for width in widths if (name, width) in grid]
        if not points:
            continue
        at = [width for width, _ in points]
        means = [values.mean for _, values in points]
        ax.plot(at, means, color=colour, marker=marker, linestyle=dashes, markersize=5)
        ax.vlines(
            at, [values.low for _, values in points], [values.high for _, values in points], color=colour
        )
    ax.set_xscale("log", base=2)
    ax.set_xticks(widths, [str(width) for width in widths])
    ax.minorticks_off()
    ax.set_xlabel("width of the representations")
    ax.grid(True)


def _legend(figure: "Figure") -> None:
    from matplotlib.lines import Line2D

    handles = [
        Line2D([], [], color=colour, marker=marker, linestyle=dashes, label=name)
        for name, (colour, marker, dashes) in LINES.items()
    ]
    figure.legend(handles=handles, loc="outside lower center", ncols=len(handles))
