"""`table2.md`: every structure against the others, under every protocol."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal, NamedTuple

from pipeline.experiments.reports.markdown import NOTHING, decimal, spread_cells, table
from pipeline.experiments.reports.over_seeds import (
    by_dataset,
    by_structure,
    has_ratings,
    mean_user_ndcgs,
    selected,
    spread,
)
from pipeline.experiments.reports.significance import compare
from pipeline.experiments.reports.table2_notes import (
    CANDIDATES_NOTE,
    FULL_RANKING_NOTE,
    HEAD,
    PAPER_NOTE,
    RATINGS_NOTE,
    SIGNIFICANCE_NOTE,
    UNTOUCHED_FIRST,
    UNTOUCHED_FIRST_NOTE,
)
from pipeline.experiments.reports.table2_plot import write_plot
from pipeline.experiments.results import Result, SelectedBy
from pipeline.experiments.whole_file import write_whole

PAPER_TABLE2 = {("amusic", "cfnet"): (0.382, 0.243), ("lastfm", "cfnet"): (0.880, 0.602)}
"""HR@10 and NDCG@10 of the paper's Table II, protocol raw and the best epoch on test, as far as known."""

BOOTSTRAP_SEED = 1


class Column(NamedTuple):
    """A metric of a table.

    Attributes:
        title: above the column.
        metric: its name in the results.
        best: which of the means is set in bold, None for none.
        selected_by: which results it is taken from.
        places: digits after the point.
    """

    title: str
    metric: str
    best: Literal["highest", "lowest"] | None = None
    selected_by: SelectedBy = "validation"
    places: int = 3


CANDIDATES = (
    Column("raw HR@10", "raw_hr_at_10", "highest"),
    Column("raw NDCG@10", "raw_ndcg_at_10", "highest"),
    Column("cold-last HR@10", "cold_last_hr_at_10", "highest"),
    Column("cold-last NDCG@10", "cold_last_ndcg_at_10", "highest"),
    Column("clean HR@10", "clean_hr_at_10", "highest"),
    Column("clean NDCG@10", "clean_ndcg_at_10", "highest"),
    Column("test-selected raw HR@10", "raw_hr_at_10", selected_by="test"),
    Column("test-selected raw NDCG@10", "raw_ndcg_at_10", selected_by="test"),
)
FULL_RANKING = (
    Column("HR@10", "full_hr_at_10", "highest"),
    Column("NDCG@10", "full_ndcg_at_10", "highest"),
    Column("Recall@50", "full_recall_at_50", "highest"),
    Column("coverage@10", "coverage_at_10"),
    Column("novelty@10", "novelty_at_10", places=2),
)
RATINGS = (
    Column("RMSE", "rmse", "lowest"),
    Column("test-selected RMSE", "rmse", selected_by="test"),
)


def write_report(results: Sequence[Result], folder: Path, reference: str = "autoncf") -> None:
    """Writes `table2.md`, `table2.png` and `table2.svg`, each whole or not at all.

    The same results make the same text and the same drawing.

    Args:
        results: of one or more datasets, of any of the structures and seeds.
        folder: made where it is not there.
        reference: the structure that the others are tested against.

    Raises:
        UserError: if matplotlib is not installed, after `table2.md` has been written.
    """
    sections = [HEAD]
    for dataset, group in by_dataset(results).items():
        structures = by_structure(group)
        sections.append(f"## {dataset}\n")
        if has_ratings(group):
            sections += [_metrics_table(structures, RATINGS), RATINGS_NOTE]
        else:
            sections += _ranking_sections(dataset, structures, reference)
    write_whole(folder / "table2.md", "\n".join(sections).encode())
    write_plot(results, folder, reference)


def _ranking_sections(dataset: str, structures: Mapping[str, list[Result]], reference: str) -> list[str]:
    paper = [PAPER_TABLE2.get((dataset.lower(), structure)) for structure in structures]
    sections = ["### Among the candidates of the test lists\n"]
    sections.append(_metrics_table(structures, CANDIDATES, _paper_column(paper)))
    sections.append(CANDIDATES_NOTE)
    if any(paper):
        sections.append(PAPER_NOTE)
    if UNTOUCHED_FIRST in structures:
        sections.append(UNTOUCHED_FIRST_NOTE)
    sections += ["### Among all items\n", _metrics_table(structures, FULL_RANKING), FULL_RANKING_NOTE]
    return [*sections, f"### {reference} against the others\n", *_significance(structures, reference)]


def _metrics_table(
    structures: Mapping[str, list[Result]],
    columns: Sequence[Column],
    further: Mapping[str, Sequence[str]] | None = None,
) -> str:
    """A row per structure; the seeds and the seconds of those selected by validation in the last columns."""
    cells: dict[str, Sequence[str]] = {"structure": list(structures)}
    for column in columns:
        spreads = [
            spread(selected(group, column.selected_by), column.metric) for group in structures.values()
        ]
        cells[column.title] = spread_cells(spreads, column.best, column.places)
    trained = [selected(group, "validation") for group in structures.values()]
    cells.update(further or {})
    cells["seeds"] = [str(len({result.seed for result in group})) for group in trained]
    cells["seconds"] = [_mean_seconds(group) for group in trained]
    return table(cells)


def _paper_column(paper: Sequence[tuple[float, float] | None]) -> dict[str, list[str]]:
    if not any(paper):
        return {}
    cells = [" / ".join(map(decimal, figures)) if figures else NOTHING for figures in paper]
    return {"paper raw": cells}


def _mean_seconds(results: Sequence[Result]) -> str:
    if not results:
        return NOTHING
    return f"{sum(result.seconds for result in results) / len(results):,.1f}"


def _significance(structures: Mapping[str, list[Result]], reference: str) -> list[str]:
    """The reference against the others with its note, or a sentence that says why there is nothing."""
    ndcgs = {
        structure: mean_user_ndcgs(selected(group, "validation")) for structure, group in structures.items()
    }
    base = ndcgs.pop(reference, None)
    if base is None:
        return [f"There are no values per user of `{reference}` here, so nothing is tested against it.\n"]
    comparisons = {
        structure: compare(base, values, BOOTSTRAP_SEED)
        for structure, values in ndcgs.items()
        if values is not None
    }
    if not comparisons:
        return [f"There is nothing else here to test `{reference}` against.\n"]
    cells = {
        "against": list(comparisons),
        "difference of NDCG@10": [
            decimal(each.difference, places=4, sign=True) for each in comparisons.values()
        ],
        "95 % interval": [
            f"{decimal(each.low, 4, sign=True)} to {decimal(each.high, 4, sign=True)}"
            for each in comparisons.values()
        ],
        "Wilcoxon p": [_p_cell(each.p_value) for each in comparisons.values()],
    }
    return [table(cells), SIGNIFICANCE_NOTE.format(reference=reference, users=base.size)]


def _p_cell(p_value: float) -> str:
    return "< .0001" if p_value < 0.0001 else decimal(p_value, places=4)
