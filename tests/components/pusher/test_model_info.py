"""What the push knows of a model: its test metrics and the window of its data."""

import hashlib
import json
import math

import pytest

from components.ingest.report import IngestReport
from components.pusher.model_info import complete_model_info, data_window
from serving.model_info import DataWindow, ModelInfo


@pytest.fixture
def model(tmp_path):
    info = {
        "structure": {"loss": {"kind": "bce"}},
        "metrics": {"eval": {"ndcg_at_10": 0.25}},
        "users": 3,
        "items": 4,
        "max_k": 4,
        "trained_at": "2026-01-02T03:04:05+00:00",
        "code_version": "0.1.0",
    }
    (tmp_path / "assets").mkdir()
    (tmp_path / "assets" / "model_info.json").write_text(json.dumps(info))
    return str(tmp_path)


@pytest.mark.parametrize(
    ("first", "last", "expected"),
    [
        (1_000_000_000, 1_700_000_000, ("2001-09-09T01:46:40+00:00", "2023-11-14T22:13:20+00:00")),
        (None, None, (None, None)),
        (0, 4019, (None, None)),  # a counter, no time
        (631_152_000, 4_102_444_800, ("1990-01-01T00:00:00+00:00", None)),
    ],
)
def test_window_in_words_of_the_calendar(first, last, expected):
    report = IngestReport(interactions=7, first_timestamp=first, last_timestamp=last)
    window = data_window(report)
    assert (window.interactions, window.first, window.last) == (7, *expected)


def test_window_tells_what_was_not_learnt_and_of_which_files():
    """The digest is of the JSON with sorted names, so that their order does not matter."""
    ours = {"span-2/interactions.csv": "b", "span-1/interactions.csv": "a"}
    window = data_window(IngestReport(test_from=1_500_000_000, contents=ours))
    text = b'{"span-1/interactions.csv": "a", "span-2/interactions.csv": "b"}'
    assert (window.test_from, window.contents) == (1_500_000_000, hashlib.sha256(text).hexdigest())


def test_window_of_an_older_release_is_read():
    window = DataWindow.model_validate_json('{"interactions": 7, "first": null, "last": null}')
    assert window == DataWindow(interactions=7)
    assert (window.test_from, window.contents) == (None, None)


def test_metric_of_nothing_leaves_json_that_everybody_reads(model, monkeypatch):
    monkeypatch.setattr("components.pusher.model_info.read_metrics", lambda uri: {"rmse": math.nan})
    (text,) = complete_model_info(model, "evaluation", None).values()

    def refuse(constant):
        raise AssertionError(f"{constant} is no JSON")

    json.loads(text, parse_constant=refuse)
    info = ModelInfo.model_validate_json(text)
    assert info.metrics["eval"] == {"ndcg_at_10": 0.25}
    assert math.isnan(info.metrics["test"]["rmse"])
    assert info.data is None


def test_nothing_known_changes_nothing(model):
    (text,) = complete_model_info(model, None, None).values()
    assert ModelInfo.model_validate_json(text).metrics == {"eval": {"ndcg_at_10": 0.25}}


def test_model_without_info_stays_without(tmp_path):
    assert complete_model_info(str(tmp_path), "evaluation", "examples") == {}
