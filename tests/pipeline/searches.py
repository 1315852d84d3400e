"""What a search leaves, without a search."""

from pathlib import Path
from typing import Any

from models.presets import PRESETS
from models.search.best import BEST, Best
from models.search.results import SEARCH_REPORT, SearchReport, Status, TrialResult


def make_trial(number: int, value: float | None, origin: str = "gmf", status: Status = "finished"):
    """A trial of the preset `gmf`, in 512-row batches."""
    return TrialResult(
        number=number,
        origin=origin,
        status=status,
        value=value,
        best_epoch=0 if value is None else 3,
        epochs=5,
        seconds=2.5,
        values={"user_input": "id"},
        structure=PRESETS["gmf"].to_dict(),
        train={"batch_size": 512},
    )


def make_report(*trials: TrialResult, **fields: Any) -> SearchReport:
    """Of NDCG@10, ended by its number of trials."""
    values: dict[str, Any] = {
        "objective": "ndcg_at_10",
        "higher_is_better": True,
        "trials": trials,
        "seconds": 60.0,
        "workers": 2,
        "worker_seconds": 120.0,
        "ended_by": "trials",
    }
    return SearchReport(**values | fields)


def write_search(folder: Path, report: SearchReport, comment: str = "the best") -> Path:
    """Report and best as the Tuner's artifact has them."""
    folder.mkdir(parents=True)
    (folder / SEARCH_REPORT).write_text(report.model_dump_json())
    (folder / BEST).write_text(Best.of(report).to_yaml(comment))
    return folder
