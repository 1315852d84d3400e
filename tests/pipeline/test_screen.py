"""What a person sees while components run."""

import io
import logging
import os
import subprocess
import sys

import pytest
from rich.console import Console

from models.search.progress import SearchProgress
from models.training_progress import EpochProgress
from pipeline.screen import ComponentScreen, output_to

OUTCOMES = {"Transform": ("2.5 s", ""), "Trainer": ("cached", "best after 3 epochs: rmse 0.9000 on eval")}


@pytest.fixture
def shown():
    return io.StringIO()


@pytest.fixture
def screen(shown):
    """A screen on something that is no terminal."""
    with ComponentScreen(Console(file=shown, width=60), OUTCOMES.__getitem__) as screen:
        yield screen


def log_epoch(progress):
    logging.getLogger("models.training").info("an epoch", extra={"progress": progress})


def test_component_has_lines_of_its_own(screen, shown):
    screen.started("Transform")
    screen.finished("Transform")
    screen.started("Trainer")
    screen.finished("Trainer")
    assert [line.split() for line in shown.getvalue().splitlines()] == [
        ["…", "Transform"],
        ["✓", "Transform", "2.5", "s"],
        ["…", "Trainer"],
        ["✓", "Trainer", "cached"],
        ["best", "after", "3", "epochs:", "rmse", "0.9000", "on", "eval"],
    ]


def test_epochs_fill_the_bar(screen):
    screen.started("Trainer")
    log_epoch(EpochProgress("fit", 3, 20, {"loss": 0.25, "eval_rmse": 0.9}))
    [task] = screen.progress.tasks
    assert (task.completed, task.total) == (3, 20)
    assert task.description == "Trainer, fit"
    assert task.fields["detail"] == "epoch 3  loss 0.2500  eval_rmse 0.9000"
    log_epoch(EpochProgress("refit", 1, 3, {"loss": 0.2}))
    assert (task.completed, task.total, task.description) == (1, 3, "Trainer, refit")


def log_search(*progress):
    logging.getLogger("models.search.tuner").info("a trial", extra={"progress": SearchProgress(*progress)})


def test_search_fills_the_bar_by_time_or_trials(screen):
    screen.started("Tuner")
    log_search(2, 40, 0, "ndcg_at_10", None, None, 20.0, 1200.0)
    [task] = screen.progress.tasks
    assert (task.description, task.fields["detail"]) == ("Tuner", "trial 2, 0 of 20 min")
    log_search(12, 40, 10, "ndcg_at_10", 0.61333, "autoncf-views", 180.0, 1200.0)
    assert (task.completed, task.total) == (0.25, 1)  # 10 of 40 trials, 3 of 20 minutes
    assert task.fields["detail"] == "trial 12, best ndcg_at_10 0.6133 (autoncf-views), 3 of 20 min"
    log_search(13, 40, 11, "ndcg_at_10", 0.61333, "from 4", 900.0, 1200.0)
    assert task.completed == 0.75
    log_search(13, 40, 11, "ndcg_at_10", 0.61333, "from 4", 1201.0, 1200.0)
    assert task.completed == 1
    log_search(20, 40, 10, "rmse", 0.9, "mf", 60.0, None)
    assert (task.completed, task.fields["detail"]) == (0.25, "trial 20, best rmse 0.9000 (mf), 1 min")


def test_next_component_starts_without_a_bar(screen):
    screen.started("Trainer")
    log_epoch(EpochProgress("fit", 3, 20, {}))
    screen.started("Evaluator")
    [task] = screen.progress.tasks
    assert (task.completed, task.total, task.fields["detail"]) == (0, None, "")


def test_other_log_records_are_not_shown(screen, shown):
    screen.started("Trainer")
    before = shown.getvalue()
    logging.getLogger("models.training").info("not an epoch")
    assert shown.getvalue() == before


def test_nothing_is_shown_of_training_afterwards(shown):
    with ComponentScreen(Console(file=shown), OUTCOMES.__getitem__) as screen:
        screen.started("Trainer")
    log_epoch(EpochProgress("fit", 3, 20, {}))
    assert screen.progress.tasks[0].completed == 0


def test_component_that_fails_is_named(shown):
    def fail():
        with ComponentScreen(Console(file=shown), OUTCOMES.__getitem__) as screen:
            screen.started("Trainer")
            raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        fail()
    assert shown.getvalue().splitlines() == ["… Trainer", "✗ Trainer"]


def test_terminal_shows_a_bar_instead_of_starts(shown, monkeypatch):
    monkeypatch.setenv("TERM", "xterm")
    console = Console(file=shown, force_terminal=True, width=100)
    with ComponentScreen(console, OUTCOMES.__getitem__) as screen:
        screen.started("Trainer")
        log_epoch(EpochProgress("fit", 3, 20, {"loss": 0.25}))
        screen.progress.refresh()
        screen.finished("Trainer")
    assert "Trainer, fit" in shown.getvalue()
    assert "epoch 3  loss 0.2500" in shown.getvalue()
    assert "… Trainer" not in shown.getvalue()


def test_ids_that_look_like_markup_are_shown_as_they_are(shown):
    outcome = "[red]items[/red], [/]"
    with ComponentScreen(Console(file=shown), lambda _: ("", outcome)) as screen:
        screen.started("Trainer")
        screen.finished("Trainer")
    assert outcome in shown.getvalue()


def test_output_goes_to_the_log_and_the_console_to_the_screen(tmp_path, capfd):
    log_file = tmp_path / "run.log"
    with output_to(log_file) as console:
        os.write(1, b"from C++\n")
        os.write(2, b"errors from C++\n")
        logging.getLogger("somebody").info("a log line")
        console.print("for people")
    print("afterwards")
    captured = capfd.readouterr()
    assert captured.out == "for people\nafterwards\n"
    assert captured.err == ""
    logged = log_file.read_text()
    assert logged.startswith("from C++\nerrors from C++\n")
    assert "INFO somebody: a log line" in logged


def test_output_returns_after_an_error(tmp_path, capfd):
    with pytest.raises(RuntimeError, match="inside"), output_to(tmp_path / "run.log"):
        raise RuntimeError("inside")
    os.write(1, b"out\n")
    os.write(2, b"error\n")
    assert capfd.readouterr() == ("out\n", "error\n")


def test_log_is_added_to(tmp_path):
    log_file = tmp_path / "run.log"
    log_file.write_text("before\n")
    with output_to(log_file):
        os.write(1, b"after\n")
    assert log_file.read_text() == "before\nafter\n"


def test_level_of_the_logs_is_left_as_it_was(tmp_path):
    root = logging.getLogger()
    before = root.level, list(root.handlers)
    with output_to(tmp_path / "run.log"):
        pass
    assert (root.level, root.handlers) == before


def test_prints_of_a_process_go_to_the_log(tmp_path):
    """Outside of pytest's own capture, with Python's streams and a child's."""
    script = (
        "import pathlib, subprocess, sys\n"
        "from pipeline.screen import output_to\n"
        "with output_to(pathlib.Path(sys.argv[1])) as console:\n"
        "    print('printed')\n"
        "    print('complained', file=sys.stderr)\n"
        "    subprocess.run(['echo', 'by a child'], check=True)\n"
        "    console.print('for people')\n"
        "print('afterwards')\n"
    )
    log_file = tmp_path / "run.log"
    done = subprocess.run(
        [sys.executable, "-c", script, log_file], capture_output=True, text=True, check=True
    )
    assert done.stdout == "for people\nafterwards\n"
    assert done.stderr == ""
    assert sorted(log_file.read_text().splitlines()) == ["by a child", "complained", "printed"]
