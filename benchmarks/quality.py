"""Accuracy of whole runs: RMSE on MovieLens 100k, HR@10 on lastfm.

python -m benchmarks.quality [--data-dir DIR]

DIR holds ml-100k/ and lastfm/ as `autoncf data fetch` makes them.
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
from pathlib import Path

from rich.console import Console
from rich.table import Table

from pipeline.config import load_config
from pipeline.local_runner import run_locally
from pipeline.summary import Summary

SPLIT_SEEDS = (1, 2, 3)

_INTRODUCTION = """\
Whole runs of the pipeline. Epochs are chosen on the eval split; the model is fitted again on train + eval for
that many epochs, and the test split is scored once, by the Evaluator.

ml-100k: ratings, a random tenth held out as test and one as eval, three seeds of the split; RMSE.
lastfm:  the DeepCF authors' test items and candidates as they are (protocol raw), eval cut from train; HR@10.
"""


def main() -> None:
    """Runs everything and prints a table, last a JSON object with the mean of each figure."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data-dir", type=Path, default=Path("data"), help="default: data")
    data = parser.parse_args().data_dir
    console = Console(highlight=False)
    print(_INTRODUCTION)
    ratings = {
        structure: [
            _run(console, "ml-100k", data, [*structure_override, f"data.seed={seed}"]) for seed in SPLIT_SEEDS
        ]
        for structure, structure_override in (("i-autorec", ["structure=i-autorec"]), ("packaged", []))
    }
    rankings = {
        structure: _run(console, "lastfm", data, [f"structure={structure}"])
        for structure in ("cfnet-rl", "autoncf-views")
    }

    table = Table("data", "structure", "metric", "mean", "range", "seconds a run")
    for structure, summaries in ratings.items():
        table.add_row("ml-100k", structure, *_row(summaries, "rmse"))
    for structure, summary in rankings.items():
        for metric in ("hr_at_10", "ndcg_at_10"):
            table.add_row("lastfm", structure, *_row([summary], metric))
    console.print(table)
    print(
        json.dumps(
            {
                "ml100k_rmse": round(_mean(ratings["i-autorec"], "rmse"), 4),
                "ml100k_packaged_rmse": round(_mean(ratings["packaged"], "rmse"), 4),
                "lastfm_hr_at_10": round(_mean([rankings["cfnet-rl"]], "hr_at_10"), 4),
                "lastfm_ndcg_at_10": round(_mean([rankings["cfnet-rl"]], "ndcg_at_10"), 4),
                "lastfm_autoncf_hr_at_10": round(_mean([rankings["autoncf-views"]], "hr_at_10"), 4),
                "lastfm_autoncf_ndcg_at_10": round(_mean([rankings["autoncf-views"]], "ndcg_at_10"), 4),
            }
        )
    )


def _run(console: Console, dataset: str, data: Path, overrides: list[str]) -> Summary:
    console.print(f"── {dataset} {' '.join(overrides)}", markup=False)
    with tempfile.TemporaryDirectory(prefix="quality-") as root:
        return run_locally(load_config(dataset, overrides), data / dataset, Path(root), console)


def _row(summaries: list[Summary], metric: str) -> tuple[str, str, str, str]:
    values = [summary.metrics["test"][metric] for summary in summaries]
    seconds = statistics.median(summary.seconds["total"] for summary in summaries)
    return (
        metric,
        f"{_mean(summaries, metric):.4f}",
        f"{min(values):.4f} - {max(values):.4f}",
        f"{seconds:.0f}",
    )


def _mean(summaries: list[Summary], metric: str) -> float:
    return statistics.fmean(summary.metrics["test"][metric] for summary in summaries)


if __name__ == "__main__":
    main()
