"""Completing a model's info with what is known only at the push."""

from __future__ import annotations

import datetime

from components import storage
from components.evaluation.results import read_metrics
from components.ingest.checking import read_report
from components.ingest.report import IngestReport
from serving.model_info import MODEL_INFO_FILE, DataWindow, ModelInfo, contents_digest

# Interactions of a recommender were logged in this time; a number outside it counts something else.
_EARLIEST = datetime.datetime(1990, 1, 1, tzinfo=datetime.timezone.utc).timestamp()
_LATEST = datetime.datetime(2100, 1, 1, tzinfo=datetime.timezone.utc).timestamp()


def complete_model_info(
    model_path: str, evaluation_uri: str | None, examples_uri: str | None
) -> dict[str, bytes]:
    """The file of the model info with the test metrics and the window of the data.

    Args:
        model_path: folder of a SavedModel.
        evaluation_uri: the Evaluator's `evaluation` artifact; without it the metrics stay as they are.
        examples_uri: the InteractionExampleGen's `examples` artifact; without it the data stays as it is.

    Returns:
        contents by name relative to the model; empty for a model without info.

    Raises:
        pydantic.ValidationError: if the model's file holds no model info.
    """
    path = storage.join(model_path, str(MODEL_INFO_FILE))
    if not storage.exists(path):
        return {}
    info = ModelInfo.model_validate_json(storage.read_text(path))
    changes: dict[str, object] = {}
    if evaluation_uri is not None:
        changes["metrics"] = info.metrics | {"test": read_metrics(evaluation_uri)}
    if examples_uri is not None:
        changes["data"] = data_window(read_report(examples_uri))
    text = info.model_copy(update=changes).model_dump_json(indent=2)
    return {str(MODEL_INFO_FILE): text.encode()}


def data_window(report: IngestReport) -> DataWindow:
    """How many interactions ingest accepted, from when to when, where test begins, and of which files."""
    return DataWindow(
        interactions=report.interactions,
        first=_as_date(report.first_timestamp),
        last=_as_date(report.last_timestamp),
        test_from=report.test_from,
        contents=contents_digest(report.contents),
    )


def _as_date(seconds: int | None) -> str | None:
    if seconds is None or not _EARLIEST <= seconds < _LATEST:
        return None
    return datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc).isoformat()
