"""The command line as a whole: help, what it imports, and mistakes of the user."""

import subprocess
import sys

import pytest
import yaml

HEAVY = ("tensorflow", "tfx", "apache_beam", "tensorflow_model_analysis", "pyarrow", "numpy", "scipy", "grpc")

COMMANDS = (
    ("run",),
    ("schedule",),
    ("serve",),
    ("recommend",),
    ("similar",),
    ("score",),
    ("status",),
    ("demo",),
    ("data",),
    ("data", "fetch"),
    ("data", "check"),
    ("experiment",),
    ("experiment", "table2"),
    ("experiment", "fig2"),
)


@pytest.mark.parametrize("command", [(), *COMMANDS])
def test_help(autoncf, command):
    answer = autoncf(*command, "--help")
    assert answer.status == 0
    assert "Usage: autoncf" in answer.out
    assert "--help" in answer.out
    assert answer.error == ""


def test_help_names_every_command(autoncf):
    answer = autoncf("--help")
    for command in {command[0] for command in COMMANDS}:
        assert f" {command} " in answer.out


def test_help_and_mistakes_of_the_shell_load_no_library():
    """What makes `autoncf --help` answer in under a second."""
    script = "import sys, pipeline.cli; print(*sorted(sys.modules))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert set(HEAVY).isdisjoint(done.stdout.split())


@pytest.mark.parametrize(
    ("arguments", "parts"),
    [
        (["run", "--config", "implicit", "--root", "{tmp}/root"], ["--data is missing"]),
        (
            ["run", "--config", "implicit", "--root", "{tmp}/root", "--data", "{tmp}/absent"],
            ["{tmp}/absent", "no such folder", "autoncf data fetch"],
        ),
        (
            ["run", "--config", "absent", "--root", "{tmp}/root", "--data", "{tmp}"],
            ["config absent", "neither a file nor a packaged config", "ml-100k"],
        ),
        (
            ["run", "--config", "implicit", "--root", "{tmp}/root", "--set", "train.epoch=1"],
            ["config implicit: train.epoch is an unknown key", "epochs"],
        ),
        (
            ["run", "--config", "implicit", "--root", "{tmp}/root", "--set", "train.epochs"],
            ["--set train.epochs", "KEY=VALUE"],
        ),
        (["status", "--root", "{tmp}/absent"], ["{tmp}/absent: nothing has run here", "autoncf run"]),
        (["recommend", "-k", "5"], ["--user", "--history"]),
        (["data", "check", "{tmp}/absent"], ["{tmp}/absent"]),
        (["data", "fetch", "netflix", "--out", "{tmp}/out"], ["netflix", "ml-100k"]),
    ],
)
def test_mistake_is_one_sentence(autoncf, tmp_path, arguments, parts):
    answer = autoncf(*(argument.format(tmp=tmp_path) for argument in arguments))
    assert answer.status == 2
    assert answer.out == ""
    assert "Traceback" not in answer.error
    assert len(answer.error.strip().splitlines()) == 1
    for part in parts:
        assert part.format(tmp=tmp_path) in answer.error
    assert list(tmp_path.iterdir()) == []


def test_every_wrong_key_has_a_line(autoncf, tmp_path):
    config = tmp_path / "mine.yaml"
    config.write_text(yaml.safe_dump({"data": {"feedback": "rating"}, "structure": "mf", "colour": "red"}))
    answer = autoncf("run", "--config", config, "--root", tmp_path / "root")
    assert answer.status == 2
    assert len(answer.error.splitlines()) == 2
    assert "data.feedback = 'rating'" in answer.error
    assert "colour is an unknown key" in answer.error


@pytest.mark.parametrize(
    "arguments",
    [["run"], ["runn"], ["status", "--root", ".", "--last", "0"], ["--nothing"]],
)
def test_mistake_of_the_shell_shows_the_usage(autoncf, arguments):
    answer = autoncf(*arguments)
    assert answer.status == 2
    assert "Usage: autoncf" in answer.error
    assert "Traceback" not in answer.error
