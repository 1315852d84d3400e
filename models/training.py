"""Training: early stopping on the eval split, then a refit on everything that may be learnt from."""

import dataclasses
import logging
import time
from collections.abc import Callable, Sequence

import numpy as np
import tf_keras

from models.devices import Devices, training_devices
from models.epoch_selection import EpochSelection
from models.errors import UserError
from models.holdout import Holdout
from models.interactions import Interactions
from models.preparation import as_served, prepare
from models.recommender import Recommender
from models.settings import Feedback, TrainSettings
from models.structure import Structure
from models.training_progress import EpochProgress
from models.weights import weight_names

logger = logging.getLogger(__name__)


@dataclasses.dataclass(frozen=True)
class Training:
    """What came out.

    Attributes:
        model: the model to be served.
        known: the interactions of both splits, whether or not the model has learnt from the held-out ones.
        epochs: how many epochs were best on the eval split.
        eval_metrics: on the eval split, of the model that had not seen it.
        fit_weights: of that model, the best epoch of the fit, float32 by name as of `models.weights`.
        history: the metrics of every epoch.
        seconds: of fit and refit together.
    """

    model: Recommender
    known: Interactions
    epochs: int
    eval_metrics: dict[str, float]
    fit_weights: dict[str, np.ndarray]
    history: list[dict[str, float]]
    seconds: float


class Trainer:
    """Trains one structure.

    Args:
        structure: the choice for every slot.
        settings: how to train.
        feedback: "explicit" learns the values, "implicit" learns who touched what against sampled negatives.
        top_k: of the eval metrics HR@K and NDCG@K.
        log_dir: where TensorBoard's logs go; none without it.
        start: called with each new model, to change its initial weights.
        devices: to train on; those of `training_devices()` if not given.

    Raises:
        UserError: if TF_CONFIG is not right.
    """

    def __init__(
        self,
        structure: Structure,
        settings: TrainSettings,
        feedback: Feedback,
        top_k: int = 10,
        log_dir: str | None = None,
        start: Callable[[Recommender], None] | None = None,
        devices: Devices | None = None,
    ):
        self.structure = structure
        self.settings = settings
        self.feedback = feedback
        self.top_k = top_k
        self.log_dir = log_dir
        self.start = start
        self.devices = devices or training_devices()

    def train(self, interactions: Interactions, holdout: Holdout) -> Training:
        """Fits on `interactions`, chooses the number of epochs on `holdout`, and refits on both if so set.

        Without any held-out list the epochs are those of the settings.

        Raises:
            UserError: if there is nothing to learn from, or the loss stops being a number.
        """
        if not interactions.matrix.nnz:
            raise UserError("There is no interaction to train on: the train split is empty.")
        start = time.monotonic()
        model, selection = self.select_epochs(interactions, holdout)
        shape = (interactions.users, interactions.items)
        known = interactions.merge(holdout.interactions(shape, self.feedback))
        if self.settings.refit and len(holdout.labels):
            model = self.fit(known, selection.best_epoch, phase="refit")
        else:
            selection.restore(model)
        return Training(
            model,
            known,
            selection.best_epoch,
            selection.best_metrics,
            dict(zip(weight_names(model), selection.best_weights, strict=True)),
            selection.history,
            time.monotonic() - start,
        )

    def select_epochs(
        self, interactions: Interactions, holdout: Holdout
    ) -> tuple[Recommender, EpochSelection]:
        """Fits on `interactions` until `holdout` stops improving; the model is that of the last epoch."""
        selection = EpochSelection(holdout, self.feedback, self.top_k, self.settings.patience, self.devices)
        return self.fit(interactions, self.settings.epochs, [selection]), selection

    def fit(
        self,
        interactions: Interactions,
        epochs: int,
        callbacks: Sequence[tf_keras.callbacks.Callback] = (),
        phase: str = "fit",
    ) -> Recommender:
        """Fits a new model for so many epochs, fewer if a callback stops it.

        Args:
            interactions: to learn from.
            epochs: at least 1.
            callbacks: called before the epoch is logged, so that they can add to what is logged.
            phase: what the log calls it.

        Raises:
            UserError: if the loss stops being a number.
        """
        prepared = prepare(self.structure, interactions, self.settings, self.feedback, self.devices)
        model = prepared.model
        if self.start is not None:
            self.start(model)
        if self.log_dir:
            callbacks = [
                *callbacks,
                tf_keras.callbacks.TensorBoard(f"{self.log_dir}/{phase}", write_graph=False),
            ]
        callbacks = [*callbacks, tf_keras.callbacks.TerminateOnNaN(), _ProgressLog(phase, epochs)]
        history = model.fit(prepared.batches, epochs=epochs, verbose=0, callbacks=callbacks)
        last_loss = history.history["loss"][-1]
        if not np.isfinite(last_loss):
            raise UserError(
                f"Training diverged: the loss is {last_loss} in epoch {len(history.epoch)}. "
                f"Lower train.learning_rate, now {self.settings.learning_rate}."
            )
        if self.settings.mixed_precision or self.devices.spread:
            model = as_served(model, interactions, self.feedback == "explicit", self.settings.seed)
        return model


class _ProgressLog(tf_keras.callbacks.Callback):
    """Logs each epoch for people, and as `EpochProgress` for programs."""

    def __init__(self, phase: str, epochs: int):
        super().__init__()
        self.phase = phase
        self.epochs = epochs

    def on_epoch_end(self, epoch: int, logs: dict[str, float]) -> None:
        progress = EpochProgress(self.phase, epoch + 1, self.epochs, {k: float(v) for k, v in logs.items()})
        figures = ", ".join(f"{name} {value:.4f}" for name, value in progress.metrics.items())
        logger.info(
            "%s: epoch %d of at most %d: %s",
            self.phase,
            epoch + 1,
            self.epochs,
            figures,
            extra={"progress": progress},
        )
