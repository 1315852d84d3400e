"""Workers: real processes, two of which serve all tests of this file."""

import copy
import dataclasses
import multiprocessing
import os
import re
import signal
import subprocess
from pathlib import Path
from unittest.mock import Mock

import joblib
import numpy as np
import pytest
import tensorflow as tf

from models.examples import read_holdout, read_interactions
from models.presets import PRESETS
from models.search.messages import Epoch, Failed, Finished, Gone, Ready, Task
from models.search.wear import Wear, resident_bytes
from models.search.worker import _unusable
from models.search.workers import WorkerPool, visible_gpus, worker_count
from models.settings import TrainSettings
from models.training import Trainer
from tests.models.search.planted_files import planted_data
from tests.models.search.worker_processes import worker_processes

pytestmark = pytest.mark.slow

SECONDS = 120.0
"""The longest wait, on a machine with much else to do; most take a hundredth of it."""
SETTINGS = TrainSettings(epochs=4, batch_size=256, learning_rate=0.02)


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    return planted_data(tmp_path_factory.mktemp("planted"))


@pytest.fixture(scope="module")
def pool(data, tmp_path_factory):
    folder = tmp_path_factory.mktemp("current")
    (folder / "models.py").write_text("raise ImportError('this is no package of ours')")
    with pytest.MonkeyPatch.context() as patch, WorkerPool(2, data, gpus=[]) as pool:
        patch.chdir(folder)
        for place in range(2):
            pool.train(place, task(epochs=1))
        told = {0: [], 1: []}
        while not all(any(isinstance(report, Finished) for report in told[place]) for place in told):
            for place, report in pool.receive(SECONDS):
                told[place].append(report)
        assert all(isinstance(reports[0], Ready) for reports in told.values())
        yield pool
    assert worker_processes() == []


def task(preset="gmf", **settings):
    return Task(PRESETS[preset].to_dict(), SETTINGS.model_copy(update=settings).model_dump(mode="json"))


def next_report(pool, place):
    """What the worker says next; the others say nothing meanwhile."""
    [(told, report)] = pool.receive(SECONDS)
    assert told == place
    return report


def train(pool, place, task):
    """Trains to the end: (the epochs, the last report)."""
    pool.train(place, task)
    epochs = []
    while isinstance(report := next_report(pool, place), Epoch):
        epochs.append(report)
        if not report.last:
            pool.answer(place, granted=True)
    return epochs, report


@pytest.mark.parametrize(("preset", "patience"), [("autoncf", 4), ("gmf", 1)])
def test_a_worker_finds_what_training_in_this_process_finds(pool, data, preset, patience):
    settings = SETTINGS.model_copy(update={"patience": patience})
    found, ended = train(pool, 0, task(preset, patience=patience))
    trainer = Trainer(PRESETS[preset], settings, "implicit", top_k=10)
    _, selection = trainer.select_epochs(
        read_interactions(data.train_files, (60, 40)), read_holdout(data.eval_files)
    )
    assert [epoch.number for epoch in found] == [*range(1, 1 + len(selection.history))]
    assert [epoch.value for epoch in found] == pytest.approx(
        [metrics["eval_ndcg_at_10"] for metrics in selection.history], rel=1e-6
    )
    assert [epoch.last for epoch in found] == [False] * (len(found) - 1) + [True]
    assert isinstance(ended, Finished)
    assert 0 < found[0].seconds < found[-1].seconds <= ended.seconds


def test_two_workers_are_in_the_middle_of_a_trial_at_the_same_time(pool):
    for place in (0, 1):
        pool.train(place, task())
        assert next_report(pool, place).number == 1  # and waits for the answer
    for place in (1, 0):
        pool.answer(place, granted=True)
        assert next_report(pool, place).number == 2
        pool.answer(place, granted=False)
        assert isinstance(next_report(pool, place), Finished)


def test_a_trial_that_has_no_prospects_ends_at_once(pool):
    pool.train(0, task(epochs=1000))
    assert not next_report(pool, 0).last
    pool.answer(0, granted=False)
    assert isinstance(next_report(pool, 0), Finished)


def test_a_trial_that_diverges_leaves_the_worker_as_it_was(pool):
    diverging = task("mf", optimizer="sgd", learning_rate=1e30)
    _, failed = train(pool, 0, diverging)
    assert isinstance(failed, Failed)
    assert failed.reason.startswith(
        "Training diverged: the loss is nan in epoch 1. Lower train.learning_rate"
    )
    assert isinstance(train(pool, 0, task())[1], Finished)


def test_a_worker_in_which_anything_else_went_wrong_is_not_used_again(pool):
    process = pool._workers[0].process.pid
    _, failed = train(pool, 0, dataclasses.replace(task(), structure={"slots": []}))
    assert isinstance(failed, Failed)
    assert failed.reason.startswith("ValidationError: ")
    assert process not in worker_processes()
    pool.train(0, task(epochs=1))
    assert isinstance(next_report(pool, 0), Ready)
    assert [type(next_report(pool, 0)) for _ in range(2)] == [Epoch, Finished]


def test_the_kernel_is_to_end_workers_first(pool):
    worker = pool._workers[1].process.pid
    assert int(Path(f"/proc/{worker}/oom_score_adj").read_text()) == 1000


class Hanging:
    """A process that ends when it is killed, and not before."""

    killed = False

    def kill(self):
        self.killed = True

    def wait(self, timeout=None):
        if self.killed:
            return -signal.SIGKILL
        raise subprocess.TimeoutExpired("worker", timeout)


def test_a_process_that_hangs_behind_its_last_word_is_ended(pool):
    worker, theirs = copy.copy(pool._workers[0]), multiprocessing.Pipe()
    worker.connection, worker.process = theirs[0], Hanging()
    theirs[1].close()
    assert worker.receive().reason == "Its process closed the connection, but did not end."
    assert worker.process.killed


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_what_ends_the_search_is_left_to_it(pool, number):
    """Such signals go to a whole group of processes."""
    pool.train(0, task(epochs=1))
    os.kill(pool._workers[0].process.pid, number)
    assert isinstance(next_report(pool, 0), Epoch)
    assert isinstance(next_report(pool, 0), Finished)


def test_a_worker_that_is_killed_says_so_and_is_replaced(pool):
    first, second = (worker.process.pid for worker in pool._workers)
    pool.train(1, task())
    assert isinstance(next_report(pool, 1), Epoch)
    os.kill(second, signal.SIGKILL)
    gone = next_report(pool, 1)
    assert gone == Gone("Its process was killed (SIGKILL), as the system does where memory is short.", True)
    pool.train(1, task(epochs=1))
    assert isinstance(next_report(pool, 1), Ready)
    assert isinstance(next_report(pool, 1), Epoch)
    assert isinstance(next_report(pool, 1), Finished)
    assert first in worker_processes()
    assert second not in worker_processes()


def test_a_worn_worker_ends_when_its_trial_has(pool):
    worn = pool._workers[0]
    pool.train(0, task(epochs=1))
    assert isinstance(next_report(pool, 0), Epoch)
    receive = worn.receive
    worn.receive = lambda: dataclasses.replace(receive(), worn=True)
    assert isinstance(next_report(pool, 0), Finished)
    assert worn.process.pid not in worker_processes()
    assert not pool.is_ready(0)  # its place is empty until the next trial


def test_a_worker_is_worn_with_twice_the_memory_of_its_first_trial():
    bytes_after = iter([100, 150, 200, 201])
    wear = Wear(lambda: next(bytes_after))
    assert [wear.is_worn() for _ in range(4)] == [False, False, False, True]


def test_a_damaged_worker_is_worn():
    wear = Wear(lambda: 100)
    wear.damaged = True
    assert wear.is_worn()


def test_the_memory_of_this_process_is_known():
    before = resident_bytes()
    held = np.ones(50_000_000, np.uint8)
    assert resident_bytes() - before == pytest.approx(held.nbytes, rel=0.2)


def test_without_proc_the_most_memory_is_known(monkeypatch):
    monkeypatch.setattr(Path, "read_text", Mock(side_effect=FileNotFoundError))
    most = resident_bytes()
    monkeypatch.undo()
    kilobytes = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())[1]
    assert most == pytest.approx(int(kilobytes) * 1024, rel=0.05)


def test_a_trial_needs_interactions_and_lists_to_be_judged_by(data):
    interactions, holdout = read_interactions(data.train_files, (60, 40)), read_holdout(data.eval_files)
    assert _unusable(interactions, holdout) is None
    assert "the train split is empty" in _unusable(read_interactions([], (60, 40)), holdout)
    assert "on the eval split, but it is empty" in _unusable(interactions, read_holdout([]))


@pytest.mark.parametrize(("gpus", "cores", "expected"), [(0, 4, 4), (0, 64, 8), (1, 64, 1), (3, 2, 3)])
def test_a_worker_per_gpu_or_else_per_core_up_to_eight(monkeypatch, gpus, cores, expected):
    monkeypatch.setattr(joblib, "cpu_count", lambda: cores)
    assert worker_count(["0", "1", "2"][:gpus]) == expected


@pytest.mark.parametrize(
    ("visible", "expected"), [(None, ["0", "1"]), ("5,7", ["5", "7"]), ("GPU-a, GPU-b", ["GPU-a", "GPU-b"])]
)
def test_gpus_go_by_the_names_that_this_process_was_given(monkeypatch, visible, expected):
    monkeypatch.setattr(tf.config, "list_physical_devices", lambda kind: [kind] * 2)
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    if visible is not None:
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)
    assert visible_gpus() == expected
