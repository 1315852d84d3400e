import datetime

import pytest
import yaml

from models.presets import PRESETS
from models.search.best import Best, best_yaml
from models.search.results import SearchReport, TrialResult

TUNED = {"optimizer": "adamw", "learning_rate": 1e-5, "weight_decay": 0.1, "batch_size": 512}


def _trial(number: int, preset: str, value: float | None, origin: str) -> TrialResult:
    return TrialResult(
        number=number,
        origin=origin,
        status="failed" if value is None else "finished",
        value=value,
        best_epoch=3,
        epochs=7,
        seconds=1.0,
        values={},
        structure=PRESETS[preset].to_dict(),
        train=TUNED,
    )


@pytest.fixture
def report() -> SearchReport:
    return SearchReport(
        objective="ndcg_at_10",
        higher_is_better=True,
        trials=(
            _trial(1, "mf", 0.41, "config"),
            _trial(2, "gmf", None, "gmf"),
            _trial(3, "autoncf-views", 0.6133, "from 1"),
        ),
        seconds=60.0,
        workers=2,
        worker_seconds=120.0,
        ended_by="trials",
    )


def test_comment_says_how_good_it_was(report):
    ended = datetime.datetime(2024, 5, 6, 7, 8, tzinfo=datetime.timezone.utc)
    text = best_yaml(report, ended)
    assert text.splitlines()[0] == (
        "# ndcg_at_10 0.6133 on the eval split, trial 3 of 3 (from 1), 2024-05-06 07:08 UTC"
    )
    assert Best.of(report) == Best(structure=PRESETS["autoncf-views"].to_dict(), train=TUNED)


def test_is_a_fragment_of_a_config(report):
    values = yaml.safe_load(best_yaml(report, datetime.datetime.now(datetime.timezone.utc)))
    assert values == {"structure": PRESETS["autoncf-views"].to_dict(), "train": TUNED}
