"""What a search finds in 20 CPU minutes, against the best known preset.

python -m benchmarks.search [--data-dir DIR] [--datasets NAME ...] [--cpu-minutes MINUTES]

DIR holds lastfm/, amusic/ and ml-100k/ as `autoncf data fetch` makes them; other sets with given test items
and candidates may be named too.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import resource
import tempfile
from pathlib import Path

import joblib
from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table

from benchmarks.search_comparison import Gap, compare_rankings, compare_ratings
from models.search.results import SEARCH_REPORT, SearchReport
from models.settings import TrainSettings
from pipeline.config import load_config, packaged_configs
from pipeline.experiments.loading import feedback_of
from pipeline.local_runner import run_locally
from pipeline.locations import Locations
from pipeline.summary import Summary

DATASETS = ("lastfm", "amusic", "ml-100k")
CPU_MINUTES = 20.0

_INTRODUCTION = """\
`autoncf run --tune` of the packaged config of each set, on all cores until so many CPU minutes are used; then
the structure that it found against the best preset that is known, with the settings tuned by hand.

Ranking: both are trained on all train rows for as many epochs as a validation split chooses, with three
seeds, and ranked under the protocol cold-last (`autoncf experiment table2` does the same). The best known is
`autoncf`, with one view or two and 50 or 70 % dropped, as the validation split prefers. The gap is its
NDCG@10 less that of what was found.
Ratings: two runs of the pipeline with the same split. The best known is i-autorec with up to 150 epochs; the
gap is the RMSE of what was found less that of the best known.
A gap above 0 is in favour of the preset.
"""


@dataclasses.dataclass(frozen=True)
class Searched:
    """A run with a search that ended.

    Attributes:
        summary: of the run.
        report: of the search.
        cpu_minutes: of the search's processes.
    """

    summary: Summary
    report: SearchReport
    cpu_minutes: float


def main() -> None:
    """Searches on every dataset and prints a table, last a JSON object with the gaps and the overhead."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data-dir", type=Path, default=Path("data"), help="default: data")
    parser.add_argument("--datasets", nargs="+", default=DATASETS, help=f"default: {' '.join(DATASETS)}")
    parser.add_argument("--cpu-minutes", type=float, default=CPU_MINUTES, help="default: %(default)s")
    arguments = parser.parse_args()
    console = Console(highlight=False)
    print(_INTRODUCTION)
    table = Table(
        "data", "trials", "CPU min", "overhead", "found", "eval", "test", "preset", "gap", box=SIMPLE
    )
    gaps, overheads = {}, []
    for name in arguments.datasets:
        with tempfile.TemporaryDirectory(prefix="search-") as folder:
            searched = _search(console, name, arguments.data_dir, Path(folder), arguments.cpu_minutes)
            gap = _compare(console, name, arguments.data_dir, Path(folder), searched)
        overheads.append(searched.report.overhead)
        gaps[f"{name.replace('-', '')}_gap"] = round(gap.gap, 4)
        table.add_row(name, *_row(searched, gap))
    console.print(table)
    print(json.dumps({**gaps, "overhead": round(max(overheads), 3)}))


def _search(console: Console, name: str, data_dir: Path, folder: Path, cpu_minutes: float) -> Searched:
    minutes = cpu_minutes / joblib.cpu_count()
    before = _children()
    summary = _run(
        console, name, data_dir, folder / "root", ["search.enabled=true", f"search.minutes={minutes}"]
    )
    used = (_children() - before) / 60
    found = Locations(folder / "root").searches / summary.run_id
    report = SearchReport.model_validate_json((found / SEARCH_REPORT).read_text(encoding="utf-8"))
    return Searched(summary, report, used)


def _compare(console: Console, name: str, data_dir: Path, folder: Path, searched: Searched) -> Gap:
    if feedback_of(name, data_dir) == "implicit":
        settings = TrainSettings(**searched.summary.train)
        return compare_rankings(console, name, data_dir, folder, searched.summary.structure, settings)
    known = _run(console, name, data_dir, folder / "known", ["structure=i-autorec", "train.epochs=150"])
    return compare_ratings(searched.summary, known)


def _run(console: Console, name: str, data_dir: Path, root: Path, overrides: list[str]) -> Summary:
    console.print(f"── {name} {' '.join(overrides)}", markup=False)
    if name in packaged_configs():
        config = load_config(name, overrides)
    else:
        config = load_config("implicit", ["data.split.strategy=given", *overrides])
    return run_locally(config, data_dir / name, root, console)


def _children() -> float:
    """CPU seconds of the processes that this one started and that have ended."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def _row(searched: Searched, gap: Gap) -> list[str]:
    best = searched.report.ranked[0]
    return [
        f"{len(searched.report.trials)}",
        f"{searched.cpu_minutes:.1f}",
        f"{searched.report.overhead:.1%}",
        f"{best.number}: {best.origin}",
        f"{best.value:.4f}",
        f"{gap.found:.4f}",
        f"{gap.known_name} {gap.known:.4f}",
        f"{gap.gap:+.4f}",
    ]


if __name__ == "__main__":
    main()
