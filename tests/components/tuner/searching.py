"""A search without models, that a test can interrupt."""

from __future__ import annotations

import os
import sys

import keras_tuner
from keras_tuner.engine.base_tuner import BaseTuner
from tfx.v1.components import FnArgs, TunerFnResult

from models.presets import PRESETS
from models.search.results import SEARCH_REPORT, SearchReport, TrialResult

TRIALS = 4
PROJECT = "of-these-data"


class _InOrder(keras_tuner.Oracle):
    def populate_space(self, trial_id):
        return {"status": "RUNNING", "values": {"x": int(trial_id) + 1}}


class Squares(BaseTuner):
    """Tries 1, 2, 3, 4 for `x`; the objective is its square.

    Args:
        dies_at: the trial, from 1, that ends the process; 0 for none.
        directory: of all searches.
        log: file that gets a line for every trial that runs.
    """

    def __init__(self, dies_at: int, directory: str, log: str):
        self.dies_at, self.log = dies_at, log
        hyperparameters = keras_tuner.HyperParameters()
        hyperparameters.Choice("x", list(range(1, TRIALS + 1)))
        oracle = _InOrder(
            objective=keras_tuner.Objective("square", "max"),
            max_trials=TRIALS,
            hyperparameters=hyperparameters,
        )
        oracle.verbose = 0
        super().__init__(oracle, directory=directory, project_name=PROJECT)

    def run_trial(self, trial, *args, **kwargs):
        """Squares the trial's number."""
        x = trial.hyperparameters.get("x")
        if x == self.dies_at:
            sys.exit("no search catches this")
        with open(self.log, "a") as log:
            log.write(f"{x}\n")
        return {"square": float(x * x)}

    def on_trial_end(self, trial):
        """Writes the report."""
        super().on_trial_end(trial)
        report = SearchReport(
            objective="square",
            higher_is_better=True,
            trials=[_result(number, id_) for number, id_ in enumerate(self.oracle.end_order, 1)],
            seconds=1.0,
            workers=1,
            worker_seconds=1.0,
            ended_by="trials",
        )
        with open(os.path.join(self.project_dir, SEARCH_REPORT), "w") as file:
            file.write(report.model_dump_json())


def _result(number: int, trial_id: str) -> TrialResult:
    return TrialResult(
        number=number,
        origin="random",
        status="finished",
        value=(int(trial_id) + 1) ** 2,
        best_epoch=1,
        epochs=1,
        seconds=0.1,
        values={"x": int(trial_id) + 1},
        structure=PRESETS["mf"].to_dict(),
        train={"batch_size": 2 ** (int(trial_id) + 1)},
    )


def tuner_fn(fn_args: FnArgs) -> TunerFnResult:
    """What TFX calls."""
    config = fn_args.custom_config
    return TunerFnResult(tuner=Squares(config["dies_at"], config["search_dir"], config["log"]), fit_kwargs={})
