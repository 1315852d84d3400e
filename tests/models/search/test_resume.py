"""Searches that are interrupted, and the same ones going on."""

import json
import logging
import signal
import subprocess
import sys

import pytest

from models.errors import UserError
from models.search.messages import TrialData
from tests.models.search.planted_files import planted_data
from tests.models.search.searching import make_tuner, report_of
from tests.models.search.worker_processes import worker_processes

pytestmark = pytest.mark.slow

SETTINGS = {"trials": 4, "workers": 2, "epochs": 3}
SCRIPT = """
import dataclasses, json, logging, sys
from pathlib import Path
import models
from models.errors import UserError
from models.search.messages import TrialData
from tests.models.search.searching import make_tuner

logging.basicConfig(level=logging.INFO, format="%(message)s")
folder, data, settings = sys.argv[1:]
data = TrialData(**json.loads(data))
make_tuner(Path(folder), data, **json.loads(settings)).search()
"""
"""A search in a process of its own, which tells a line per trial on standard error."""


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    return planted_data(tmp_path_factory.mktemp("planted"))


def ended(messages):
    """The numbers of the trials that are told to have ended."""
    return [int(line.split()[1]) for line in messages if line.startswith("Trial ") and "): " in line]


def test_a_search_that_was_killed_goes_on_where_it_was(data: TrialData, tmp_path, caplog):
    process = subprocess.Popen(
        [sys.executable, "-c", SCRIPT, str(tmp_path), json.dumps(vars(data)), json.dumps(SETTINGS)],
        stderr=subprocess.PIPE,
        text=True,
    )
    lines = []
    while not ended(lines):
        lines.append(process.stderr.readline())
        assert lines[-1], "".join(lines)
    process.kill()
    # The workers write to the same place: its end is the end of the last of them.
    lines += process.stderr.readlines()
    assert process.wait() == -signal.SIGKILL
    before = report_of(tmp_path)
    assert before.trials
    assert before.ended_by is None

    caplog.set_level(logging.INFO, logger="models.search.tuner")
    tuner = make_tuner(tmp_path, data, **SETTINGS)
    tuner.search()
    after = report_of(tmp_path)
    assert [trial.number for trial in after.trials] == [1, 2, 3, 4]
    assert [trial.origin for trial in after.trials] == ["config", "autoncf-views", "autoncf", "mf"]
    kept = {trial.number for trial in before.trials}
    assert [trial for trial in after.trials if trial.number in kept] == [*before.trials]
    assert sorted(ended(caplog.messages)) == sorted({1, 2, 3, 4} - kept)
    assert after.seconds > before.seconds
    assert after.ended_by == "trials"
    assert tuner.get_best_hyperparameters()[0].values == after.ranked[0].values


def test_ctrl_c_ends_the_workers_and_the_time_before_it_counts(data, tmp_path, monkeypatch):
    def interrupt(pool, place, epoch):
        raise KeyboardInterrupt

    tuner = make_tuner(tmp_path, data, trials=2, minutes=10.0)
    monkeypatch.setattr(tuner, "_take_epoch", interrupt)
    with pytest.raises(KeyboardInterrupt):
        tuner.search()
    assert worker_processes() == []

    again = make_tuner(tmp_path, data, trials=2, minutes=tuner._budget.seconds / 60 / 2)
    with pytest.raises(UserError, match=r"None of the 0 trials .* There was no time for any"):
        again.search()
