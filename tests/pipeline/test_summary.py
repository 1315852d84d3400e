"""Summaries on disk and on the screen."""

import io
import json
import math

import pytest
from pydantic import ValidationError
from rich.console import Console

from pipeline.cli.tables import summary_table
from pipeline.config import Config, load_config
from pipeline.summary import read_summaries, write_summary
from tests.pipeline.summaries import make_summary


def test_written_twice_and_read_back(tmp_path):
    latest, folder = tmp_path / "summary.json", tmp_path / "summaries"
    first, second = make_summary("2026-01-01"), make_summary("2026-01-02", version=None)
    write_summary(first, latest, folder)
    write_summary(second, latest, folder)
    assert read_summaries(folder) == {"2026-01-01": first, "2026-01-02": second}
    assert latest.read_text() == (folder / "2026-01-02.json").read_text()


def test_no_folder_no_summaries(tmp_path):
    assert read_summaries(tmp_path / "absent") == {}


def test_file_is_plain_json(tmp_path):
    write_summary(make_summary("r", version=None), tmp_path / "summary.json", tmp_path / "summaries")
    values = json.loads((tmp_path / "summary.json").read_text())
    assert values["metrics"] == {"eval": {"hr_at_10": 0.5}, "test": {"hr_at_10": 0.75}}
    assert values["blessed"] is False
    assert values["pushed_version"] is None
    assert Config.model_validate(values["config"]) == load_config("implicit")


def test_summary_of_a_later_release_can_be_read():
    summary = make_summary("r")
    assert type(summary).model_validate(summary.model_dump(mode="json") | {"more": 1}) == summary


def test_summary_of_an_earlier_release_can_be_read():
    values = make_summary("r").model_dump(mode="json", exclude={"train"})
    assert type(make_summary("r")).model_validate(values).train == {}


def test_summary_without_metrics_is_refused():
    values = make_summary("r").model_dump(mode="json", exclude={"metrics"})
    with pytest.raises(ValidationError, match="metrics"):
        type(make_summary("r")).model_validate(values)


def test_metric_that_is_not_a_number_survives_the_file(tmp_path):
    summary = make_summary("r").model_copy(update={"metrics": {"test": {"hr_at_10": math.nan}}})
    write_summary(summary, tmp_path / "summary.json", tmp_path / "summaries")
    assert math.isnan(read_summaries(tmp_path / "summaries")["r"].metrics["test"]["hr_at_10"])
    assert [path.name for path in (tmp_path / "summaries").iterdir()] == ["r.json"]


def test_table_fits_eighty_columns():
    shown = io.StringIO()
    Console(file=shown, width=80).print(summary_table(make_summary("r")))
    lines = shown.getvalue().splitlines()
    assert max(map(len, lines)) <= 80
    cells = [[cell.strip() for cell in line.strip("┃│").replace("┃", "│").split("│")] for line in lines]
    assert ["split", "hr_at_10"] in cells
    assert ["eval", "0.5000"] in cells
    assert ["test", "0.7500"] in cells
