"""A process that trains trials, one after another, and tells the search about each epoch.

`models.search.workers` starts it, and it talks to that in the messages of `models.search.messages`.
"""

import contextlib
import gc
import logging
import os
import queue
import signal
import threading
import time
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf
import tf_keras

from models.devices import training_devices
from models.epoch_selection import EpochSelection
from models.errors import UserError
from models.examples import read_holdout, read_interactions
from models.holdout import Holdout
from models.interactions import Interactions
from models.search.messages import Epoch, Failed, Finished, GoOn, Outcome, Ready, Task, TrialData, Unusable
from models.search.wear import Wear
from models.settings import TrainSettings
from models.structure import Structure
from models.training import Trainer

logger = logging.getLogger(__name__)


def main(connection: int, threads: int) -> None:
    """Works until the search is gone.

    Args:
        connection: file descriptor of a socket.
        threads: cores that TensorFlow may use.
    """
    logging.basicConfig(
        level=logging.WARNING, format=f"%(asctime)s %(levelname)s %(name)s[{os.getpid()}]: %(message)s"
    )
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)  # it reaches the search too, which ends this process
    _be_the_first_to_go()
    tf.config.threading.set_intra_op_parallelism_threads(threads)
    tf.config.threading.set_inter_op_parallelism_threads(threads)
    search = SearchConnection(Connection(connection))
    data = search.receive()
    interactions = read_interactions(data.train_files, (data.users, data.items))
    holdout = read_holdout(data.eval_files)
    reason = _unusable(interactions, holdout)
    search.send(Ready() if reason is None else Unusable(reason))
    gc.freeze()  # TensorFlow's own objects, through which each collection would go for half a second
    wear = Wear()
    while True:
        task = search.receive()
        report = _tried(task, data, interactions, holdout, search, wear)
        tf_keras.backend.clear_session()
        gc.collect()
        search.send(Outcome(report, wear.is_worn()))


def _be_the_first_to_go() -> None:
    """Where memory runs out, the kernel is to end this process and not the search."""
    with contextlib.suppress(OSError):  # where that cannot be asked for, the kernel chooses by size
        Path("/proc/self/oom_score_adj").write_text("1000")


class SearchConnection:
    """The connection to the search.

    A thread listens to it, and ends this process when nobody is there any more: also in the middle of an
    epoch, since nobody would wait for its result.
    """

    def __init__(self, connection: Connection):
        self._connection = connection
        self._received: queue.SimpleQueue[Any] = queue.SimpleQueue()
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        while True:
            try:
                self._received.put(self._connection.recv())
            except (EOFError, OSError):
                os._exit(0)

    def receive(self) -> Any:
        """The next message; waits for it."""
        return self._received.get()

    def send(self, message: Any) -> None:
        """Says something."""
        try:
            self._connection.send(message)
        except OSError:
            os._exit(0)


def _unusable(interactions: Interactions, holdout: Holdout) -> str | None:
    """Why a search cannot learn from this data, if so."""
    if not interactions.matrix.nnz:
        return "There is no interaction to train on: the train split is empty."
    if not len(holdout.labels):
        return "Structures are compared on the eval split, but it is empty: give it a larger share."
    return None


def _tried(
    task: Task,
    data: TrialData,
    interactions: Interactions,
    holdout: Holdout,
    search: SearchConnection,
    wear: Wear,
) -> Finished | Failed:
    """Trains a trial; what becomes of it is said to the search.

    An error that is none of the structure's or its settings' may be one of this process, and meet all trials
    after this one.
    """
    reports = EpochReports(search, data.objective)
    try:
        settings = TrainSettings(**task.settings)
        structure = Structure.from_dict(task.structure)
        trainer = Trainer(structure, settings, data.feedback, data.top_k)
        selection = EpochSelection(holdout, data.feedback, data.top_k, settings.patience, training_devices())
        reports.begin()
        trainer.fit(interactions, settings.epochs, [selection, reports])
    except UserError as error:
        return Failed(str(error), reports.seconds)
    except (MemoryError, tf.errors.ResourceExhaustedError) as error:
        wear.damaged = True
        logger.warning("A trial was too large", exc_info=True)
        return Failed(f"The memory does not suffice ({type(error).__name__}).", reports.seconds)
    except Exception as error:  # whatever it is, other structures may do
        wear.damaged = True
        logger.warning("A trial failed", exc_info=True)
        return Failed(f"{type(error).__name__}: {str(error).strip().partition(chr(10))[0]}", reports.seconds)
    if reports.failure is not None:
        return Failed(reports.failure, reports.seconds)
    return Finished(reports.seconds)


class EpochReports(tf_keras.callbacks.Callback):
    """Tells the search about each epoch, and stops when it says so.

    Stands behind `EpochSelection`, which evaluates.

    Args:
        search: whom to tell.
        objective: name of the metric.

    Attributes:
        failure: why the trial cannot be compared with others, a sentence.
    """

    def __init__(self, search: SearchConnection, objective: str):
        super().__init__()
        self._search = search
        self._objective = objective
        self._start: float | None = None
        self._waited = 0.0
        self.failure: str | None = None

    @property
    def seconds(self) -> float:
        """Of training so far, without the time in which the search had the word."""
        return 0.0 if self._start is None else time.monotonic() - self._start - self._waited

    def begin(self) -> None:
        """Takes note that training begins: making the model is part of it."""
        self._start = time.monotonic()

    def on_epoch_end(self, epoch: int, logs: dict[str, float]) -> None:
        """Called by Keras."""
        value = float(logs[f"eval_{self._objective}"])
        if not np.isfinite(logs["loss"]):
            self.model.stop_training = True  # the trainer says why
            return
        if not np.isfinite(value):
            self.failure = f"{self._objective} is {value} in epoch {epoch + 1}."
            self.model.stop_training = True
            return
        last = self.model.stop_training or epoch + 1 == self.params["epochs"]
        self._search.send(Epoch(epoch + 1, value, self.seconds, last))
        if last:
            return
        asked = time.monotonic()
        answer: GoOn = self._search.receive()
        self._waited += time.monotonic() - asked
        self.model.stop_training = not answer.granted
