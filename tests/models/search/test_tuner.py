"""Searches from the first trial to the last, with real workers."""

import dataclasses
import logging
import os
import signal
import time

import pytest

from models.errors import UserError
from models.presets import PRESETS
from models.search.budget import Budget
from models.search.progress import SearchProgress
from tests.models.search.planted_files import planted_data
from tests.models.search.searching import FAST, make_tuner, report_of
from tests.models.search.worker_processes import worker_processes

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    return planted_data(tmp_path_factory.mktemp("planted"))


@pytest.fixture(autouse=True)
def told(caplog):
    caplog.set_level(logging.INFO, logger="models.search.tuner")
    yield caplog
    assert worker_processes() == []


def after_epoch(monkeypatch, tuner, action):
    """Calls `action(running)` whenever the tuner has taken an epoch."""
    epoch = tuner._log.epoch

    def acting(running, budget):
        epoch(running, budget)
        action(running)

    monkeypatch.setattr(tuner._log, "epoch", acting)


def test_as_many_trials_as_allowed_and_all_that_is_told_of_them(data, tmp_path, told):
    tuner = make_tuner(tmp_path, data, trials=4, workers=2, epochs=4)
    tuner.search()
    report = report_of(tmp_path)
    assert (report.objective, report.higher_is_better, report.workers) == ("ndcg_at_10", True, 2)
    assert report.ended_by == "trials"
    assert [(trial.number, trial.origin) for trial in report.trials] == [
        (1, "config"),
        (2, "autoncf-views"),
        (3, "autoncf"),
        (4, "mf"),
    ]
    assert report.trials[0].structure == PRESETS["gmf"].to_dict()
    assert report.trials[0].train["learning_rate"] == FAST["learning_rate"]
    for trial in report.trials:
        assert (trial.status, trial.reason) == ("finished", None)
        assert trial.epochs == len(trial.curve) == 4
        assert trial.value == max(trial.curve) == trial.curve[trial.best_epoch - 1]
        assert trial.seconds > 0
    assert sum(trial.seconds for trial in report.trials) < report.worker_seconds
    assert report.worker_seconds == pytest.approx(2 * report.seconds, rel=0.01)

    best = max(report.trials, key=lambda trial: trial.value)
    assert tuner.get_best_hyperparameters()[0].values == best.values
    lines = [line for line in told.messages if line.startswith(f"Trial {best.number} ({best.origin}): ")]
    assert lines[0].startswith(
        f"Trial {best.number} ({best.origin}): ndcg_at_10 {best.value:.4f} in epoch {best.best_epoch} of 4, "
        f"{best.seconds:.1f} s, finished; best "
    )
    progress = [record.progress for record in told.records if record.name == "models.search.tuner"][-1]
    assert progress == SearchProgress(
        4, 4, 4, "ndcg_at_10", best.value, best.origin, progress.seconds, limit_seconds=None
    )


def test_failures_and_halved_trials_leave_the_others_alone(data, tmp_path, monkeypatch):
    tuner = make_tuner(tmp_path, data, trials=3, epochs=40, patience=40, optimizer="sgd", learning_rate=1e30)

    def kill_second(running):
        if running.number == 2:
            [process] = worker_processes()
            os.kill(process, signal.SIGKILL)

    after_epoch(monkeypatch, tuner, kill_second)
    monkeypatch.setattr(tuner.oracle, "_goes_on", lambda trial_id, epoch: False)
    tuner.search()
    diverged, killed, halved = report_of(tmp_path).trials
    assert (diverged.status, diverged.value, diverged.best_epoch, diverged.epochs) == ("failed", None, 0, 0)
    assert diverged.reason.startswith("Training diverged: the loss is nan in epoch 1.")
    assert (killed.status, killed.value, killed.best_epoch, killed.epochs) == ("failed", None, 0, 1)
    assert killed.reason.startswith("Its process was killed (SIGKILL)")
    assert (halved.status, halved.epochs) == ("halved", 16)
    assert halved.reason == "After epoch 16 it had no prospects of being the best."
    assert halved.value == max(halved.curve)
    assert [trial.status for trial in tuner.oracle.trials.values()] == ["FAILED", "FAILED", "COMPLETED"]
    assert tuner.get_best_hyperparameters()[0].values == halved.values


class Clock:
    """As of `time.monotonic`, and put on by `late` seconds."""

    late = 0.0

    def __call__(self):
        return time.monotonic() + self.late


def test_the_search_ends_on_time_in_the_middle_of_trials(data, tmp_path, monkeypatch):
    tuner = make_tuner(tmp_path, data, trials=100, epochs=10**6, patience=10**6)
    clock = Clock()
    tuner._budget = Budget(minutes=100.0, workers=1, clock=clock)
    deadline = []

    def time_is_up(running):
        if len(running.curve) == 3:
            clock.late = 6000.0
            deadline.append(time.monotonic())

    after_epoch(monkeypatch, tuner, time_is_up)
    tuner.search()
    assert time.monotonic() - deadline[0] < 2
    report = report_of(tmp_path)
    assert report.ended_by == "minutes"
    [trial] = report.trials
    assert (trial.status, trial.reason) == ("out of time", "The time of the search was used up.")
    assert trial.epochs in (3, 4)
    assert trial.value == max(trial.curve)
    assert tuner.get_best_hyperparameters()[0].values == trial.values


def test_no_trial_takes_more_than_a_twelfth_of_the_time(data, tmp_path, monkeypatch):
    tuner = make_tuner(tmp_path, data, trials=2, epochs=10**6, patience=10**6)
    tuner._budget = Budget(minutes=8.0, workers=1)

    def a_minute_later(running):
        if running.number == 1:
            running._begun -= 60.0

    after_epoch(monkeypatch, tuner, a_minute_later)
    monkeypatch.setattr("models.search.oracle.is_rung", lambda epoch, first: epoch == 2)
    monkeypatch.setattr(tuner.oracle, "_goes_on", lambda trial_id, epoch: False)
    tuner.search()
    slow, other = report_of(tmp_path).trials
    assert (slow.status, slow.epochs) == ("out of time", 1)
    assert slow.reason == "It took its share of the time of the search."
    assert (other.status, other.epochs) == ("halved", 2)


def test_data_that_cannot_be_read_ends_the_search(data, tmp_path):
    tuner = make_tuner(tmp_path, dataclasses.replace(data, train_files=(__file__,)), trials=5)
    with pytest.raises(
        UserError,
        match=r"A worker of the search ended before it had read the data\. Its process ended with status 1",
    ):
        tuner.search()
