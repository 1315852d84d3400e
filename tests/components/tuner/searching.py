"""A search without models, that a test can interrupt."""

from __future__ import annotations

import os
import sys

import keras_tuner
from keras_tuner.engine.base_tuner import BaseTuner
from tfx.v1.components import FnArgs, TunerFnResult

from models.presets import PRESETS
from models.search.results import SEARCH_REPORT, SearchReport, TrialResult
from models.tuner_fn import search_name

TRIALS = 4
DIES_AT = "TRIAL_THAT_ENDS_THE_PROCESS"
"""Environment variable: none of the properties, by which searches are told apart."""


class _InOrder(keras_tuner.Oracle):
    def populate_space(self, trial_id):
        return {"status": "RUNNING", "values": {"x": int(trial_id) + 1}}


class Squares(BaseTuner):
    """Tries 1, 2, 3, 4 for `x`; the objective is its square.

    Args:
        directory: of all searches.
        name: of the search's folder.
        log: file that gets a line for every trial that runs.
    """

    def __init__(self, directory: str, name: str, log: str):
        self.log = log
        hyperparameters = keras_tuner.HyperParameters()
        hyperparameters.Choice("x", list(range(1, TRIALS + 1)))
        oracle = _InOrder(
            objective=keras_tuner.Objective("square", "max"),
            max_trials=TRIALS,
            hyperparameters=hyperparameters,
        )
        oracle.verbose = 0
        super().__init__(oracle, directory=directory, project_name=name)

    def run_trial(self, trial, *args, **kwargs):
        """Squares the trial's number."""
        x = trial.hyperparameters.get("x")
        if str(x) == os.environ.get(DIES_AT):
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
    tuner = Squares(config["search_dir"], search_name(fn_args), config["log"])
    return TunerFnResult(tuner=tuner, fit_kwargs={})
