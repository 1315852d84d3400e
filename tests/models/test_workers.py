"""Two workers on this machine, each a process of its own, against one process that trains alone."""

import json
import os
import socket
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf

from models.report import TRAINING_REPORT, TrainingReport
from tests.models.trainer_args import recorded_run

SCRIPT = """
import sys
from pathlib import Path
import models
from tests.models.trainer_args import recorded_run

recorded_run(*map(Path, sys.argv[1:]))
"""
DYING = f"""
import os, models
from models.epoch_selection import EpochSelection
EpochSelection.on_epoch_end = lambda *_: os._exit(1)
{SCRIPT}"""
"""Ends after the first epoch."""
SECONDS = 300
"""Of a worker on a machine with much else to do; otherwise it takes about ten."""


@pytest.fixture(scope="module")
def folder(planted_splits, tmp_path_factory):
    """Where three processes have trained: `chief`, `worker` and, by itself, `alone`."""
    folder = tmp_path_factory.mktemp("workers")
    with ExitStack() as stack:
        started = _start(stack, planted_splits, folder, chief=SCRIPT, worker=SCRIPT)
        recorded_run(planted_splits, folder / "alone")
        for name, process in started.items():
            assert process.wait(SECONDS) == 0, (folder / f"{name}.log").read_text()[-4000:]
    return folder


def _start(stack: ExitStack, splits: Path, folder: Path, **scripts: str) -> dict[str, subprocess.Popen]:
    """A process for each of the scripts, by name, with its log in `NAME.log`; the stack kills them."""
    cluster = {name: [f"localhost:{_free_port(stack)}"] for name in scripts}
    started = {}
    for name, script in scripts.items():
        config = {"cluster": cluster, "task": {"type": name, "index": 0}}
        log = stack.enter_context((folder / f"{name}.log").open("w"))
        started[name] = subprocess.Popen(
            [sys.executable, "-c", script, str(splits), str(folder / name)],
            env={**os.environ, "TF_CONFIG": json.dumps(config), "TF_GRPC_REUSE_PORT": "1"},
            stdout=log,
            stderr=log,
        )
        stack.callback(started[name].wait)
        stack.callback(started[name].kill)
    return started


def _free_port(stack: ExitStack) -> int:
    """A port that nobody else is given: it is held, without listening, while a worker listens there."""
    held = stack.enter_context(socket.socket())
    held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    held.bind(("localhost", 0))
    return held.getsockname()[1]


def files(folder):
    return [path for path in folder.rglob("*") if path.is_file()]


def report(folder):
    return TrainingReport.model_validate_json((folder / TRAINING_REPORT).read_text())


@pytest.mark.slow
def test_both_workers_hold_the_weights_of_one_that_trains_alone(folder):
    chief, worker, alone = (np.load(folder / f"{name}.npz") for name in ("chief", "worker", "alone"))
    assert chief["epochs"] == worker["epochs"] == alone["epochs"] == 4  # 6 of 9 epochs, then 4 of the refit
    for name in alone.files:
        np.testing.assert_array_equal(worker[name], chief[name], err_msg=name)
        np.testing.assert_allclose(chief[name], alone[name], rtol=1e-3, atol=1e-5, err_msg=name)


@pytest.mark.slow
def test_the_chief_reports_the_metrics_of_one_that_trains_alone(folder):
    together, alone = report(folder / "chief"), report(folder / "alone")
    assert len(together.history) == 6
    for epoch, expected in zip(together.history, alone.history, strict=True):
        assert epoch == pytest.approx(expected, rel=1e-4)
    assert together.eval_metrics == pytest.approx(alone.eval_metrics, rel=1e-4)


@pytest.mark.slow
def test_the_chief_alone_writes(folder):
    assert files(folder / "worker") == []
    names = [{path.name for path in files(folder / name)} for name in ("chief", "alone")]
    assert {"saved_model.pb", "manifest.json", TRAINING_REPORT} <= names[0] & names[1]

    served = [tf.saved_model.load(str(folder / name / "model")).signatures for name in ("chief", "alone")]
    users = [f"u{user}" for user in range(20)]
    one, other = (
        signatures["score"](user_id=tf.constant(users), item_id=tf.constant(["i3"] * 20))["score"].numpy()
        for signatures in served
    )
    np.testing.assert_allclose(one, other, rtol=1e-4)
    assert len(np.unique(one)) == 20


@pytest.mark.slow
def test_the_chief_says_that_the_other_worker_has_ended(planted_splits, tmp_path):
    with ExitStack() as stack:
        started = _start(stack, planted_splits, tmp_path, chief=SCRIPT, worker=DYING)
        assert started["chief"].wait(SECONDS) != 0
    log = (tmp_path / "chief.log").read_text()
    assert "UserError: Another of the 2 workers in TF_CONFIG has ended" in log, log[-4000:]
    assert "model" not in [path.name for path in (tmp_path / "chief").iterdir()]
