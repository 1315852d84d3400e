"""`autoncf data check` as a user runs it."""

import pytest
from typer.testing import CliRunner

from pipeline.cli import app


@pytest.fixture
def check(monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")

    def invoke(*arguments: object):
        return CliRunner().invoke(app, ["data", "check", *map(str, arguments)])

    return invoke


@pytest.fixture
def folder(tmp_path):
    """Two users of three items each."""
    rows = [f"{user},{item},4,{second}" for user in "ab" for second, item in enumerate("xyz")]
    (tmp_path / "interactions.csv").write_text("\n".join(["user_id,item_id,value,timestamp", *rows, ""]))
    return tmp_path


def add_rows(folder, *rows: str) -> None:
    with (folder / "interactions.csv").open("a") as file:
        file.writelines(f"{row}\n" for row in rows)


def test_a_good_folder_is_accepted(check, folder):
    result = check(folder, "--feedback", "explicit")
    assert result.exit_code == 0, result.output
    assert "explicit feedback, split leave-one-out" in result.output
    assert "A run accepts this folder." in result.output


def test_a_holdout_in_the_folder_is_used(check, folder):
    (folder / "test.csv").write_text("user_id,item_id\na,w\nb,w\n")
    result = check(folder)
    assert result.exit_code == 0, result.output
    assert "implicit feedback, split given" in result.output


def test_too_many_bad_rows_are_refused_and_listed(check, folder):
    add_rows(folder, "a,w,nan,9", ",w,4,9")
    listed = folder / "lists/bad.tsv"
    result = check(folder, "--feedback", "explicit", "--quarantine", listed)
    assert result.exit_code == 2
    assert "2 of 8 rows (25.0%) break a rule" in result.output
    assert str(listed) in result.output.replace("\n", "")
    assert [line.split("\t")[:2] for line in listed.read_text().splitlines()[1:]] == [
        ["interactions.csv", "8"],
        ["interactions.csv", "9"],
    ]


def test_the_config_decides_what_is_too_much(check, folder):
    add_rows(folder, "a,w,nan,9")
    arguments = (folder, "--config", "explicit", "--set", "data.split.strategy=leave-one-out")
    assert check(*arguments).exit_code == 2
    result = check(*arguments, "--set", "data.max_quarantined=0.5")
    assert result.exit_code == 0, result.output
    assert "config explicit" in result.output


def test_text_in_brackets_is_printed_as_it_is(check, folder):
    add_rows(folder, "[red]a,w,nan,9")
    assert "[red]a,w,nan,9" in check(folder, "--feedback", "explicit").output


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("nowhere",), "cannot be read as a folder"),
        ((".", "--config", "nothing"), "neither a file nor a packaged config"),
        ((".", "--set", "data.seed=2"), "name one with --config"),
        ((".", "--feedback", "both"), "explicit"),
    ],
)
def test_mistakes_are_one_sentence_and_status_2(check, monkeypatch, folder, arguments, sentence):
    monkeypatch.chdir(folder)
    result = check(*arguments)
    assert result.exit_code == 2
    assert sentence in result.output
    assert "Traceback" not in result.output


def test_a_quarantine_that_cannot_be_written_is_named(check, folder):
    add_rows(folder, "a,w,nan,9")
    result = check(folder, "--feedback", "explicit", "--quarantine", folder / "interactions.csv/bad.tsv")
    assert result.exit_code == 2
    assert "bad.tsv cannot be written" in result.output
