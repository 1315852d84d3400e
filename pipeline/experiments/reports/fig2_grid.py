"""The points of the second figure: inputs, fusion and width."""

from collections.abc import Sequence

from pipeline.experiments.reports.over_seeds import Spread, spread
from pipeline.experiments.results import Result

FUSIONS = {"product": "Dot product", "concat": "Concatenation + MLP"}
COMBINATIONS = {
    ("id", "id"): "u-id/i-id",
    ("interactions", "id"): "u-inter/i-id",
    ("id", "interactions"): "u-id/i-inter",
    ("interactions", "interactions"): "u-inter/i-inter",
}
"""The paper's names of the inputs (user's, item's)."""

Grid = dict[tuple[str, int], Spread]
"""The values of one fusion by name of the inputs and width."""


def grids(results: Sequence[Result], metric: str) -> dict[str, Grid]:
    """The values of every fusion, with a point for every inputs and width that have the metric.

    Args:
        results: of one dataset, all selected by the same split.
        metric: its name in the results.
    """
    points: dict[tuple[str, str, int], list[Result]] = {}
    for result in results:
        chosen = result.hyperparameters
        inputs = COMBINATIONS[chosen["user_input"], chosen["item_input"]]
        points.setdefault((chosen["fusion"], inputs, chosen["width"]), []).append(result)
    found: dict[str, Grid] = {fusion: {} for fusion in FUSIONS}
    for (fusion, inputs, width), group in points.items():
        values = spread(group, metric)
        if values:
            found[fusion][inputs, width] = values
    return found
