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
PARENTS = 5
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
        starts: by trial id: how many times a worker began to train it, over interruptions.
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
        self.starts: dict[str, int] = {}
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

    def count_start(self, trial_id: str, by: int = 1) -> None:
        """Takes note, and writes down, that a worker trains a trial; by -1 that this shall not count."""
        self.starts[trial_id] = self.starts.get(trial_id, 0) + by
        self.save()

    def run_again(self, trial_id: str) -> None:
        """Puts a trial that has begun among those to be run; what it came to is forgotten."""
        trial = self.trials[trial_id]
        trial.status, trial.message = TrialStatus.RUNNING, None
        trial.metrics, trial.score, trial.best_step = MetricsTracker(), None, 0
        self._save_trial(trial)
        for lists in (self.end_order, self._halved):
            if trial_id in lists:
                lists.remove(trial_id)
        ongoing = {tuner: other for tuner, other in self.ongoing_trials.items() if other is not trial}
        self.ongoing_trials: dict[str, Trial] = ongoing
        self._retry_queue.append(trial_id)

    def update_trial(self, trial_id: str, metrics: dict[str, float], step: int = 0) -> Trial:
        """Takes the objective of an epoch.

        Args:
            trial_id: of a trial that runs.
            metrics: the objective by its name.
            step: the epoch, from 1.

        Returns:
            the trial, with the status "STOPPED" if it has no prospects.
        """
        # Not by KerasTuner's: that writes the trial down each time, while a worker waits for the answer.
        trial, name = self.trials[trial_id], self.objective.name
        if not trial.metrics.exists(name):
            trial.metrics.register(name, direction=self.objective.direction)
        trial.metrics.update(name, metrics[name], step=step)
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
        own = {"origins": self.origins, "starts": self.starts, "halved": self._halved}
        return {**super().get_state(), **own}

    def set_state(self, state: dict[str, Any]) -> None:
        """The inverse of `get_state`."""
        super().set_state(state)
        self.origins = state["origins"]
        self.starts = state["starts"]
        self._halved = state["halved"]

    def reload(self) -> None:
        """Goes on after an interruption: with the trials in the order in which they began, and those that had
        not ended to be run again.
        """
        super().reload()
        # They were read in that of the file system, and parents with equal scores are drawn by theirs. What
        # was drawn in the very moment of the interruption has begun for nobody.
        self.trials: dict[str, Trial] = {trial_id: self.trials[trial_id] for trial_id in self.start_order}
        # In KerasTuner's queue may be what ended in the very moment of the interruption, and one trial twice.
        self._retry_queue: list[str] = []
        for trial_id in reversed(self.start_order):  # the queue's last is the first to be run
            if trial_id not in self.end_order:
                self.run_again(trial_id)

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

        A number becomes the next one above or below. Slots that are there only now are drawn at random.
        """
        open_slots = sorted({hp.name for hp in self._active(values) if len(hp.values) > 1})
        count = min(random.geometric(0.5), len(open_slots))
        changing = set(random.choice(open_slots, count, replace=False)) if open_slots else set()
        changed = keras_tuner.HyperParameters()
        for hp in self.hyperparameters.space:
            changed.merge([hp])
            if changed.is_active(hp):
                before = values.get(hp.name)
                others = _others(hp.values, before)
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


def _others(choices: list[SlotValue], before: SlotValue | None) -> list[SlotValue]:
    """What a value may become: any other text, or a number beside it in the list; all if it is not in it."""
    if before not in choices or isinstance(before, str):
        return [choice for choice in choices if choice != before]
    place = choices.index(before)
    return choices[max(place - 1, 0) : place] + choices[place + 1 : place + 2]
