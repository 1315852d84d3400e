"""`fig2.md`: which input of which side, which fusion and which width."""

from collections.abc import Sequence
from pathlib import Path

from pipeline.experiments.reports.fig2_grid import COMBINATIONS, FUSIONS, Grid, grids
from pipeline.experiments.reports.fig2_plot import write_plot
from pipeline.experiments.reports.markdown import spread_cells, table
from pipeline.experiments.reports.over_seeds import by_dataset, has_ratings, selected
from pipeline.experiments.results import Result
from pipeline.experiments.whole_file import write_whole

HEAD = """\
# Inputs, fusion and width

![RMSE or HR@10 over the width of the representations](fig2.png)

A row says what each side is represented by: its id, or the vector of its known interactions. A column is
the width of the representations. Every value is a mean over the seeds, with the lowest and the highest in
brackets where they differ; the epochs are chosen on a validation split cut from the train rows. The best
value of each table is in bold.
"""

RATINGS_NOTE = "RMSE over the held-out ratings, in units of the ratings: lower is better.\n"
RANKING_NOTE = """\
HR@10: the fraction of users whose held-out item is among the ten best scored candidates of its test list.
`raw` takes the candidates as the authors of the data drew them; `cold-last` ranks every candidate without a
train row below all that have one. Where held-out items have no train row, a raw value is never to be read
without the cold-last one.
"""


def write_fig2(results: Sequence[Result], folder: Path) -> None:
    """Writes `fig2.md`, `fig2.png` and `fig2.svg`, each whole or not at all.

    The same results make the same text and the same drawing.

    Args:
        results: with the hyper-parameters `user_input` and `item_input` ("id" or "interactions"), `fusion`
            ("product" or "concat") and `width`; those selected by validation are reported.
        folder: made where it is not there.

    Raises:
        UserError: if matplotlib is not installed, after `fig2.md` has been written.
    """
    sections = [HEAD]
    for dataset, group in by_dataset(selected(results, "validation")).items():
        sections.append(f"## {dataset}\n")
        if has_ratings(group):
            sections += [*_tables(group, "rmse", "RMSE"), RATINGS_NOTE]
        else:
            sections += _tables(group, "raw_hr_at_10", "raw HR@10")
            sections += [*_tables(group, "cold_last_hr_at_10", "cold-last HR@10"), RANKING_NOTE]
    write_whole(folder / "fig2.md", "\n".join(sections).encode())
    write_plot(results, folder)


def _tables(results: Sequence[Result], metric: str, title: str) -> list[str]:
    """A heading and a table for every fusion that is there."""
    sections = []
    for fusion, grid in grids(results, metric).items():
        if grid:
            sections += [f"### {FUSIONS[fusion]}, {title}\n", _table(grid, lower_is_better=metric == "rmse")]
    return sections


def _table(grid: Grid, lower_is_better: bool) -> str:
    widths = sorted({width for _, width in grid})
    names = [name for name in COMBINATIONS.values() if any((name, width) in grid for width in widths)]
    # The best of the whole table is wanted, not of each column, so all cells are made together.
    spreads = [grid.get((name, width)) for width in widths for name in names]
    cells = spread_cells(spreads, "lowest" if lower_is_better else "highest")
    columns = {"inputs \\ width": names}
    for position, width in enumerate(widths):
        columns[str(width)] = cells[position * len(names) : (position + 1) * len(names)]
    return table(columns)
