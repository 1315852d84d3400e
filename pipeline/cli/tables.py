"""Tables that commands print."""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from pipeline.summary import Summary
    from serving.results import Recommendations


def recommendations_table(
    title: str, recommendations: "Recommendations", titles: Mapping[str, str] | None = None
) -> Table:
    """Rank, item, title and score of each item; the column of titles only if there are any.

    Args:
        title: what stands above the table.
        recommendations: the answer of `serving.client.Recommender`.
        titles: title by item_id; an item without one has an empty cell.
    """
    caption = None if recommendations.known else "not known to the model: these are the popular items"
    table = Table(title=Text(title), caption=caption, title_justify="left", caption_justify="left")
    table.add_column("rank", justify="right")
    table.add_column("item")
    if titles:
        table.add_column("title")
    table.add_column("score", justify="right")
    for rank, item in enumerate(recommendations.items, start=1):
        cells = [Text(item.item_id), *([Text(titles.get(item.item_id, ""))] if titles else [])]
        table.add_row(str(rank), *cells, f"{item.score:.4f}")
    return table


def scores_table(
    pairs: Iterable[tuple[str, str]], scores: Sequence[float], titles: Mapping[str, str]
) -> Table:
    """User, item, title and score of each pair; the column of titles only if there are any.

    Args:
        pairs: (user_id, item_id).
        scores: of each.
        titles: title by item_id; an item without one has an empty cell.
    """
    table = Table("user", "item", *(["title"] if titles else []))
    table.add_column("score", justify="right")
    for (user_id, item_id), score in zip(pairs, scores, strict=True):
        cells = [Text(user_id), Text(item_id), *([Text(titles.get(item_id, ""))] if titles else [])]
        table.add_row(*cells, f"{score:.4f}")
    return table


def summary_table(summary: "Summary") -> Table:
    """Metrics by split, and the champion's on the same test rows if there was one.

    Args:
        summary: of a run.
    """
    table = Table(title=Text("metrics"), title_justify="left")
    table.add_column("split")
    names = list(summary.metrics["test"])
    for name in names:
        table.add_column(name, justify="right")
    champion = {} if summary.champion is None else {"test, champion": summary.champion}
    for split, metrics in {**summary.metrics, **champion}.items():
        table.add_row(split, *(f"{metrics[name]:.4f}" for name in names))
    return table
