"""What a row of an experiment is about: something that is tuned on a cut and trained on all train rows."""

import dataclasses
import time
from collections.abc import Callable
from typing import Any, NamedTuple, Protocol

import numpy as np
import tf_keras

from models.choices import PredictionKind
from models.errors import UserError
from models.holdout import Holdout
from models.preparation import copy_weights
from models.settings import Feedback, TrainSettings
from models.structure import Structure
from models.training import Trainer
from pipeline.experiments.cut import Cut
from pipeline.experiments.data import Data
from pipeline.experiments.evaluation import candidate_scores, quality
from pipeline.experiments.scorer import RecommenderScorer, Scorer

USERS_OF_CONVOLUTIONS = 100


class Choice(NamedTuple):
    """What the validation split chose.

    Attributes:
        variant: position among the contender's variants.
        epochs: the best number of them; 0 of what has none.
        value: NDCG@10, or the RMSE times -1.
    """

    variant: int
    epochs: int
    value: float


class Trained(NamedTuple):
    """A model that learnt all train rows.

    Attributes:
        scorer: the model after the chosen number of epochs.
        epoch_scores: float [candidates] each, the scores of the test candidates after every epoch, also of
            some behind the chosen one; empty where there are no epochs.
        seconds: of the training up to the last of them, without the scoring.
    """

    scorer: Scorer
    epoch_scores: list[np.ndarray]
    seconds: float


class Contender(Protocol):
    """A row of an experiment, whatever it is made of."""

    @property
    def name(self) -> str:
        """As the table calls it."""
        ...

    @property
    def seeded(self) -> bool:
        """Whether another seed makes another model."""
        ...

    def description(self) -> dict[str, Any]:
        """All that its results depend on beside data and seed, as JSON values."""
        ...

    def full_ranking_users(self, users: int) -> int:
        """For how many of the users of the test lists all items can be ranked in reasonable time."""
        ...

    def hyperparameters(self, choice: Choice) -> dict[str, Any]:
        """What was chosen, as JSON values."""
        ...

    def select(self, cut: Cut, feedback: Feedback) -> Choice:
        """Tries every variant on the cut."""
        ...

    def train(self, data: Data, choice: Choice, seed: int) -> Trained:
        """Trains the chosen variant on all train rows."""
        ...


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

    def full_ranking_users(self, users: int) -> int:
        """A hundred where convolutions score each pair, everybody elsewhere."""
        convolves = self.variants[0].structure.prediction.kind is PredictionKind.CNN
        return min(users, USERS_OF_CONVOLUTIONS) if convolves else users

    def hyperparameters(self, choice: Choice) -> dict[str, Any]:
        """What tells the variant from others, its settings, and the chosen epochs."""
        variant = self.variants[choice.variant]
        settings = variant.settings.model_dump(exclude={"seed", "refit", "patience", "mixed_precision"})
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
        model = Trainer(variant.structure, settings, data.feedback).fit(data.train, epochs, [recorder])
        seconds = time.monotonic() - start - recorder.seconds
        copy_weights(model, recorder.weights)
        return Trained(RecommenderScorer(model), recorder.scores, seconds)


@dataclasses.dataclass(frozen=True)
class BaselineContender:
    """A model without epochs.

    Attributes:
        build: called with the interactions, the seed, and one of `grid` as keyword arguments.
        grid: the hyper-parameters that are tried.
    """

    name: str
    build: Callable[..., Scorer]
    grid: tuple[dict[str, Any], ...] = ({},)
    seeded: bool = False

    def description(self) -> dict[str, Any]:
        """Its name and grid."""
        return {"name": self.name, "grid": list(self.grid)}

    def full_ranking_users(self, users: int) -> int:
        """Everybody."""
        return users

    def hyperparameters(self, choice: Choice) -> dict[str, Any]:
        """The chosen point of the grid."""
        return self.grid[choice.variant]

    def select(self, cut: Cut, feedback: Feedback) -> Choice:
        """The point of the grid that is best on the validation split."""

        def value(point: dict[str, Any]) -> float:
            scorer = self.build(cut.train, 1, **point)
            return quality(cut.validation, candidate_scores(scorer, cut.validation), feedback)

        values = [value(point) for point in self.grid]
        best = int(np.argmax(values))
        return Choice(best, 0, values[best])

    def train(self, data: Data, choice: Choice, seed: int) -> Trained:
        """Learns all train rows."""
        start = time.monotonic()
        scorer = self.build(data.train, seed, **self.grid[choice.variant])
        return Trained(scorer, [], time.monotonic() - start)


class _EpochRecorder(tf_keras.callbacks.Callback):
    """Scores the candidates after each epoch, and keeps the weights of one epoch."""

    def __init__(self, candidates: Holdout, kept_epoch: int):
        super().__init__()
        self.candidates = candidates
        self.kept_epoch = kept_epoch
        self.scores: list[np.ndarray] = []
        self.weights: list[np.ndarray] = []
        self.seconds = 0.0

    def on_epoch_end(self, epoch: int, logs: dict[str, float]) -> None:
        start = time.monotonic()
        self.scores.append(self.candidates.score(self.model))
        if epoch + 1 == self.kept_epoch:
            self.weights = [variable.numpy() for variable in self.model.trainable_variables]
        self.seconds += time.monotonic() - start
