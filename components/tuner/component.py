"""The Tuner component."""

from tfx.components.tuner import component
from tfx.dsl.components.base import executor_spec

from components.tuner.executor import Executor


class Tuner(component.Tuner):
    """The stock Tuner, which goes on after an interruption and keeps the report of its search.

    The folder of searches that go on is `search_dir` of `custom_config`: local, or in a store of objects,
    where a pod that begins anew finds what the one before it has tried.

    Component `outputs`:
        best_hyperparameters: as the Trainer takes them.
        tuner_results: beside the stock `tuner_results.json` the report of all trials (`search.json`), and the
            best of them as a fragment of a config (`best.yaml`). The search's folder in `search_dir`, which
            has the same report, stays until the run has taken the artifact over.
    """

    EXECUTOR_SPEC = executor_spec.ExecutorClassSpec(Executor)
