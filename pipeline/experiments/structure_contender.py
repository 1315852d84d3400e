"""A structure of the framework as a row of an experiment."""

import dataclasses
import time
from typing import Any

import numpy as np
import tf_keras

from models.choices import PredictionKind
from models.errors import UserError
from models.holdout import Holdout
from models.preparation import copy_weights
from models.settings import Feedback, TrainSettings
from models.structure import Structure
from models.training import Trainer
from pipeline.experiments.contender import Choice, Trained
from pipeline.experiments.cut import Cut
from pipeline.experiments.data import Data
from pipeline.experiments.scorer import RecommenderScorer

_UNTOLD = {"seed", "refit", "patience", "mixed_precision", "warm_start"}
"""Settings that no figure is told with."""


@dataclasses.dataclass(frozen=True)
class Variant:
    """A structure and its training.

    Attributes:
        hyperparameters: what tells it from others, beside the settings.
    """

    structure: Structure
    settings: TrainSettings
    hyperparameters: dict[str, Any]


@dataclasses.dataclass(frozen=True)
class StructureContender:
    """A structure of the framework, trained as the pipeline's Trainer does it."""

    name: str
    variants: tuple[Variant, ...]

    seeded = True

    def description(self) -> dict[str, Any]:
        """Its name and variants."""
        variants = [
            [variant.structure.to_dict(), variant.settings.model_dump(), variant.hyperparameters]
            for variant in self.variants
        ]
        return {"name": self.name, "variants": variants}

    @property
    def ranks_catalogue(self) -> bool:
        """Not with convolutions, which take milliseconds for each pair."""
        return all(variant.structure.prediction.kind is not PredictionKind.CNN for variant in self.variants)

    def hyperparameters(self, choice: Choice) -> dict[str, Any]:
        """What tells the variant from others, its settings, and the chosen epochs."""
        variant = self.variants[choice.variant]
        settings = variant.settings.model_dump(exclude=_UNTOLD)
        return {**variant.hyperparameters, **settings, "epochs": choice.epochs}

    def select(self, cut: Cut, feedback: Feedback) -> Choice:
        """The variant and the number of epochs that are best on the validation split, with seed 1.

        Raises:
            UserError: if training diverges in every variant.
        """
        choices, diverged = [], None
        for number, variant in enumerate(self.variants):
            trainer = Trainer(variant.structure, variant.settings, feedback)
            try:
                _, selection = trainer.select_epochs(cut.train, cut.validation)
            except UserError as error:
                diverged = error
                continue
            choices.append(Choice(number, selection.best_epoch, selection.best_value))
        if not choices:
            raise UserError(f"{self.name}: {diverged}")
        return max(choices, key=lambda choice: choice.value)

    def train(self, data: Data, choice: Choice, seed: int) -> Trained:
        """Goes on for `patience` epochs behind the chosen one, for what would have been chosen on test."""
        variant = self.variants[choice.variant]
        settings = variant.settings.model_copy(update={"seed": seed})
        recorder = _EpochRecorder(data.test, choice.epochs)
        start = time.monotonic()
        epochs = min(settings.epochs, choice.epochs + settings.patience)
        try:
            Trainer(variant.structure, settings, data.feedback).fit(data.train, epochs, [recorder])
        except UserError:
            if not recorder.weights:  # training that diverges behind the chosen epoch has done its work
                raise
        seconds = time.monotonic() - start - recorder.seconds
        copy_weights(recorder.model, recorder.weights)
        return Trained(RecommenderScorer(recorder.model), recorder.scores, seconds)


class _EpochRecorder(tf_keras.callbacks.Callback):
    """Scores the candidates after each epoch until it diverges, and keeps the weights of one epoch."""

    def __init__(self, candidates: Holdout, kept_epoch: int):
        super().__init__()
        self.candidates = candidates
        self.kept_epoch = kept_epoch
        self.scores: list[np.ndarray] = []
        self.weights: list[np.ndarray] = []
        self.seconds = 0.0

    def on_epoch_end(self, epoch: int, logs: dict[str, float]) -> None:
        start = time.monotonic()
        scores = self.candidates.score(self.model)
        if np.isfinite(scores).all():
            self.scores.append(scores)
        if epoch + 1 == self.kept_epoch:
            self.weights = [variable.numpy() for variable in self.model.trainable_variables]
        self.seconds += time.monotonic() - start
