"""`autoncf data fetch` as a user runs it."""

import pytest
from typer.testing import CliRunner

from pipeline.cli import app
from pipeline.cli.data import _NAMES
from pipeline.datasets import NAMES


@pytest.fixture
def run():
    def invoke(*arguments: object):
        return CliRunner().invoke(app, ["data", *map(str, arguments)])

    return invoke


def test_help_names_every_dataset():
    assert ", ".join(NAMES) == _NAMES


def test_fetch_prints_what_came(run, published, tmp_path):
    result = run("fetch", "ml-100k", "--out", tmp_path / "out", "--from", published.folder("ml-100k"))
    assert result.exit_code == 0
    assert "ml-100k comes from" in result.output
    assert "interactions" in result.output
    again = run("fetch", "ml-100k", "--out", tmp_path / "out")
    assert again.exit_code == 0
    assert "is already there" in again.output


@pytest.mark.parametrize(
    ("name", "source", "sentence"),
    [
        ("ml-2m", None, 'There is no dataset "ml-2m"'),
        ("ml-1m", None, "cannot be reached"),
        ("ml-1m", "nowhere", "does not exist"),
    ],
)
def test_mistakes_are_one_sentence_and_status_2(run, tmp_path, name, source, sentence):
    arguments = ["fetch", name, "--out", tmp_path / "out"]
    result = run(*arguments, *(("--from", tmp_path / source) if source else ()))
    assert result.exit_code == 2
    assert sentence in result.output
    assert "Traceback" not in result.output
    assert not any(tmp_path.iterdir())
