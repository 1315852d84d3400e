"""Searches over planted interactions."""

from pathlib import Path

import keras_tuner

from models.presets import PRESETS
from models.search.messages import TrialData
from models.search.oracle import StructureOracle
from models.search.results import SEARCH_REPORT, SearchReport
from models.search.space import SearchSpace
from models.search.tuner import StructureTuner
from models.settings import TrainSettings

FAST = {"epochs": 6, "batch_size": 256, "learning_rate": 0.02}


def make_tuner(
    folder: Path,
    data: TrialData,
    *,
    trials: int,
    workers: int = 1,
    minutes: float | None = None,
    space: dict | None = None,
    **settings,
) -> StructureTuner:
    """A search in `folder` that begins with `gmf`, trained as `FAST` says but for the settings given."""
    train = TrainSettings(**FAST | settings)
    searched = SearchSpace(data.feedback, PRESETS["gmf"], train, data.items, space or {})
    objective = keras_tuner.Objective(data.objective, "max")
    oracle = StructureOracle(searched, objective, trials, train.epochs, train.seed)
    return StructureTuner(oracle, searched, data, minutes, workers, str(folder), "search")


def report_of(folder: Path) -> SearchReport:
    """What the search in `folder` has written."""
    return SearchReport.model_validate_json((folder / "search" / SEARCH_REPORT).read_text())
