"""Which structure is tried next, and which trial goes on."""

import json
import os
from typing import Any

import keras_tuner
import numpy as np
from keras_tuner.engine.trial import Trial, TrialStatus
from keras_tuner.src.engine.metrics_tracking import MetricsTracker

from models.search.halving import goes_on, is_rung
from models.search.settings import SlotValue
from models.search.space import SearchSpace
from models.search.whole_file import write_whole

RANDOM_FRACTION = 0.15
"""Of the trials behind the starting points; the others are changed good ones."""
PARENTS = 10
"""A parent is drawn from so many of the best trials,"""
TOURNAMENT = 3
"""as the best of so many."""
FIRST_RUNG = 8
"""Epochs before a trial is judged for the first time;"""
FIRST_RUNG_OF_STARTING_POINTS = 16
"""of the config's structure and the presets. On lastfm some of them rank by popularity alone for eight
epochs, with an NDCG@10 of .36, and end at .60."""
MOST_TRIES = 100
"""To draw a structure that was not tried before."""

Values = dict[str, SlotValue]


class StructureOracle(keras_tuner.Oracle):
    """The config's structure and the presets first, then evolution, with successive halving all along.

    Behind the starting points a trial is a good one with one slot changed, sometimes two or more (a
    tournament chooses the parent: Real et al., Regularized Evolution for Image Classifier Architecture
    Search, AAAI 2019), or now and then a random structure. KerasTuner's Gaussian process thinks for seconds
    about each trial, about as long as many of ours train.

    Args:
        space: of the structures.
        objective: what `update_trial` is told after each epoch.
        max_trials: at most.
        max_epochs: of a trial.
        seed: of what is drawn.

    Attributes:
        origins: by trial id: `config`, the name of a preset, `random`, or `from 12`, a changed trial 12.
    """

    def __init__(
        self,
        space: SearchSpace,
        objective: keras_tuner.Objective,
        max_trials: int,
        max_epochs: int,
        seed: int,
    ):
        super().__init__(
            objective=objective,
            max_trials=max_trials,
            hyperparameters=space.hyperparameters(),
            seed=seed + 1,  # 0 would be any
            # Of many structures some fail; that all of them do is told at the end.
            max_consecutive_failed_trials=max_trials + 1,
        )
        self.max_epochs = max_epochs
        self.origins: dict[str, str] = {}
        self._halved: list[str] = []
        self._starting_points = dict(space.starting_points())

    def populate_space(self, trial_id: str) -> dict[str, Any]:
        """What KerasTuner asks: the values of a new trial, or that everything was tried."""
        # By the trial, so that nothing has to be remembered over an interruption.
        random = np.random.default_rng([self.seed, len(self.trials)])
        for origin, values in self._starting_points.items():
            if not self._duplicate(values):
                return self._drawn(trial_id, origin, values)
        for _ in range(MOST_TRIES):
            origin, drawn = self._evolved(random)
            if drawn is not None and not self._duplicate(drawn):
                return self._drawn(trial_id, origin, drawn)
        return {"status": TrialStatus.STOPPED}

    def create_trial(self, tuner_id: str) -> Trial:
        """A trial to run; one that was interrupted begins anew."""
        trial = super().create_trial(tuner_id)
        trial.metrics = MetricsTracker()
        return trial

    def update_trial(self, trial_id: str, metrics: dict[str, float], step: int = 0) -> Trial:
        """Takes the objective of an epoch.

        Args:
            trial_id: of a trial that runs.
            metrics: the objective by its name.
            step: the epoch, from 1.

        Returns:
            the trial, with the status "STOPPED" if it has no prospects.
        """
        trial = super().update_trial(trial_id, metrics, step)
        starting = self.origins[trial_id] in self._starting_points
        first_rung = FIRST_RUNG_OF_STARTING_POINTS if starting else FIRST_RUNG
        if is_rung(step, first_rung) and not self._goes_on(trial_id, step):
            trial.status = TrialStatus.STOPPED
            self._halved.append(trial_id)
        return trial

    def curve(self, trial_id: str) -> list[float]:
        """The objective after every epoch of a trial."""
        tracker = self.trials[trial_id].metrics
        if not tracker.exists(self.objective.name):
            return []
        return [observation.mean() for observation in tracker.get_history(self.objective.name)]

    def save(self) -> None:
        """Writes the state down; unlike KerasTuner's, what is killed meanwhile leaves the state before."""
        write_whole(self._get_oracle_fname(), json.dumps(self.get_state()))

    def _save_trial(self, trial: Trial) -> None:
        path = os.path.join(self._get_trial_dir(trial.trial_id), "trial.json")
        write_whole(path, json.dumps(trial.get_state()))

    def get_state(self) -> dict[str, Any]:
        """What KerasTuner writes down, to go on after an interruption."""
        return {**super().get_state(), "origins": self.origins, "halved": self._halved}

    def set_state(self, state: dict[str, Any]) -> None:
        """The inverse of `get_state`."""
        super().set_state(state)
        self.origins = state["origins"]
        self._halved = state["halved"]

    def reload(self) -> None:
        """Goes on after an interruption, with the trials in the order in which they began."""
        super().reload()
        # They were read in that of the file system, and parents with equal scores are drawn by theirs.
        self.trials: dict[str, Trial] = {trial_id: self.trials[trial_id] for trial_id in self.start_order}

    def _record_values(self, trial: Trial) -> None:
        """Notes what was tried, as it was drawn.

        KerasTuner's own way also takes out of a trial what one declaration of a slot says is not there,
        though it is there by another.
        """
        self._tried_so_far.add(self._compute_values_hash(trial.hyperparameters.values))

    def _drawn(self, trial_id: str, origin: str, values: Values) -> dict[str, Any]:
        self.origins[trial_id] = origin
        return {"status": TrialStatus.RUNNING, "values": values}

    def _evolved(self, random: np.random.Generator) -> tuple[str, Values | None]:
        parents = [trial for trial in self.get_best_trials(PARENTS) if trial.status == TrialStatus.COMPLETED]
        if not parents or random.random() < RANDOM_FRACTION:
            return "random", self._random_values()
        rank = random.integers(len(parents), size=TOURNAMENT).min()
        return f"from {int(parents[rank].trial_id) + 1}", self._changed(
            parents[rank].hyperparameters.values, random
        )

    def _changed(self, values: Values, random: np.random.Generator) -> Values:
        """Another value in one slot, in half of all cases in a second one, in half of these in a third, ...

        Slots that are there only now are drawn at random.
        """
        open_slots = sorted({hp.name for hp in self._active(values) if len(hp.values) > 1})
        count = min(random.geometric(0.5), len(open_slots))
        changing = set(random.choice(open_slots, count, replace=False)) if open_slots else set()
        changed = keras_tuner.HyperParameters()
        for hp in self.hyperparameters.space:
            changed.merge([hp])
            if changed.is_active(hp):
                before = values.get(hp.name)
                others = [choice for choice in hp.values if choice != before]
                kept = before in hp.values and (hp.name not in changing or not others)
                changed.values[hp.name] = before if kept else others[random.integers(len(others))]
        return changed.values

    def _active(self, values: Values) -> list[Any]:
        there = keras_tuner.HyperParameters()
        there.values = dict(values)
        return [hp for hp in self.hyperparameters.space if there.is_active(hp)]

    def _goes_on(self, trial_id: str, epoch: int) -> bool:
        sign = 1 if self.objective.direction == "max" else -1
        curves = {other: [sign * value for value in self.curve(other)] for other in self.trials}
        own = curves.pop(trial_id)[:epoch]
        rivals = [
            max(curve[:epoch])
            for other, curve in curves.items()
            if len(curve) >= epoch or (curve and self._has_finished(other))
        ]
        best = max(max(curve) for curve in [own, *curves.values()] if curve)
        return goes_on(own, rivals, best, self.max_epochs)

    def _has_finished(self, trial_id: str) -> bool:
        """Whether a trial ended by itself: then more epochs would not have made it better."""
        return self.trials[trial_id].status == TrialStatus.COMPLETED and trial_id not in self._halved
