"""`results.csv`: one row per trained model."""

import csv
import io
import json
import math
from collections.abc import Sequence
from pathlib import Path

from pipeline.experiments.results import Result
from pipeline.experiments.whole_file import write_whole

METRICS = (
    "raw_hr_at_10",
    "raw_ndcg_at_10",
    "cold_last_hr_at_10",
    "cold_last_ndcg_at_10",
    "clean_hr_at_10",
    "clean_ndcg_at_10",
    "full_hr_at_10",
    "full_ndcg_at_10",
    "full_recall_at_50",
    "coverage_at_10",
    "novelty_at_10",
    "rmse",
)
COLUMNS = ("dataset", "structure", "seed", "selected_by", *METRICS, "seconds", "hyperparameters")


def write_csv(results: Sequence[Result], file: Path) -> None:
    """Writes every result as a row, whole or not at all.

    Rows are sorted by dataset, by structure in the order of appearance, by seed, and those selected by
    validation come first. A metric that a result does not have, or that is not a number, is an empty cell.

    Raises:
        ValueError: if a result has a metric without a column.
    """
    structures = list(dict.fromkeys(result.structure for result in results))
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(
        _row(result)
        for result in sorted(
            results,
            key=lambda result: (
                result.dataset,
                structures.index(result.structure),
                result.seed,
                result.selected_by != "validation",
            ),
        )
    )
    write_whole(file, text.getvalue().encode())


def _row(result: Result) -> dict[str, str]:
    return {
        "dataset": result.dataset,
        "structure": result.structure,
        "seed": str(result.seed),
        "selected_by": result.selected_by,
        **{name: "" if math.isnan(value) else f"{value:.4f}" for name, value in result.metrics.items()},
        "seconds": f"{result.seconds:.1f}",
        "hyperparameters": json.dumps(result.hyperparameters, sort_keys=True),
    }
