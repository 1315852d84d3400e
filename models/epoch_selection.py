"""Choosing the number of epochs on held-out lists."""

import numpy as np
import tf_keras

from models.devices import Devices, training_devices
from models.holdout import Holdout
from models.preparation import copy_weights
from models.recommender import Recommender
from models.settings import Feedback


class EpochSelection(tf_keras.callbacks.Callback):
    """Evaluates each epoch, remembers the best, and stops after `patience` epochs without a better one.

    The best epoch has the lowest RMSE (explicit feedback) or the highest NDCG@K. Of several workers each
    evaluates, and the chief's metrics decide.

    Args:
        holdout: the lists.
        feedback: "explicit" or "implicit".
        top_k: K of the metrics.
        patience: in epochs, at least 1.
        devices: of the training; those of `training_devices()` if not given.

    Attributes:
        best_epoch: from 1; 0 before the first epoch, the last one while no metric is a number.
        best_metrics: those of the best epoch.
        best_value: of the metric that chooses, higher is better.
        best_weights: of the best epoch, in the order of the model's trainable variables.
        history: loss and metrics of every epoch.
    """

    def __init__(
        self,
        holdout: Holdout,
        feedback: Feedback,
        top_k: int,
        patience: int,
        devices: Devices | None = None,
    ):
        super().__init__()
        self.holdout = holdout
        self.feedback = feedback
        self.top_k = top_k
        self.patience = patience
        self.devices = devices or training_devices()
        self.best_epoch = 0
        self.best_metrics: dict[str, float] = {}
        self.best_value = -np.inf
        self.best_weights: list[np.ndarray] = []
        self.history: list[dict[str, float]] = []

    def on_epoch_end(self, epoch: int, logs: dict[str, float]) -> None:
        """Called by Keras; adds the metrics to `logs` as `eval_...`."""
        metrics = self.devices.of_chief(self.holdout.evaluate(self.model, self.feedback, self.top_k))
        logs.update({f"eval_{name}": value for name, value in metrics.items()})
        self.history.append({name: float(value) for name, value in logs.items()})
        value = -metrics["rmse"] if self.feedback == "explicit" else metrics[f"ndcg_at_{self.top_k}"]
        undecided = np.isnan(value) and self.best_value == -np.inf
        if undecided or value > self.best_value:
            self.best_value = -np.inf if undecided else value
            self.best_epoch = epoch + 1
            self.best_metrics = metrics
            self.best_weights = [variable.numpy() for variable in self.model.trainable_variables]
        elif epoch + 1 - self.best_epoch >= self.patience:
            self.model.stop_training = True

    def restore(self, model: Recommender) -> None:
        """Gives the model back the weights of the best epoch."""
        copy_weights(model, self.best_weights)
