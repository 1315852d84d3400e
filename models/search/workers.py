"""The processes in which trials are trained."""

import contextlib
import multiprocessing
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from multiprocessing.connection import Connection, wait
from typing import Any

import joblib
import tensorflow as tf

from models.search.messages import Gone, GoOn, Outcome, Ready, Report, Task, TrialData
from models.workers import VARIABLE

MOST_WORKERS = 8
"""That a search takes without being told."""
END_SECONDS = 1.0
"""That a process has to end in when it has closed its connection."""
_START = (
    "import sys; sys.path[:] = sys.argv[3:]; from models.search.worker import main; "
    "main(*map(int, sys.argv[1:3]))"
)
"""Looks for modules, such as one's own fusions, where this process does; `-m` would look into the current
folder first."""


def visible_gpus() -> list[str]:
    """The GPUs that TensorFlow sees here, as in CUDA_VISIBLE_DEVICES."""
    count = len(tf.config.list_physical_devices("GPU"))
    named = [name.strip() for name in os.environ.get("CUDA_VISIBLE_DEVICES", "").split(",") if name.strip()]
    return named[:count] if named else [str(number) for number in range(count)]


def worker_count(gpus: Sequence[str]) -> int:
    """How many workers there are if nobody says: one per GPU, or else one per core that may be used here."""
    return len(gpus) or min(MOST_WORKERS, joblib.cpu_count())


class WorkerPool:
    """Places for workers; each has a process, started when it is needed: at first, after its end, when worn.

    To be used as a context, which ends all processes, and within a second.

    Args:
        places: how many workers there are side by side, numbered from 0.
        data: what they read.
        gpus: each worker sees one of them, shared if there are more workers; without any they share the
            cores.
    """

    def __init__(self, places: int, data: TrialData, gpus: Sequence[str]):
        self.data = data
        self._gpus = gpus
        self._threads = max(1, joblib.cpu_count() // places)
        self._workers: list[_Worker | None] = [None] * places

    def __enter__(self) -> "WorkerPool":
        return self

    def __exit__(self, *exception: object) -> None:
        workers = [worker for worker in self._workers if worker is not None]
        for worker in workers:
            worker.process.kill()
        for worker in workers:
            worker.end()

    def __len__(self) -> int:
        return len(self._workers)

    def train(self, place: int, task: Task) -> None:
        """Gives a free worker a trial; a new one begins with it as soon as it has read the data."""
        worker = self._workers[place]
        if worker is None:
            gpu = self._gpus[place % len(self._gpus)] if self._gpus else None
            worker = self._workers[place] = _Worker(self._threads, gpu)
            worker.send(self.data)
        worker.send(task)

    def answer(self, place: int, granted: bool) -> None:
        """Tells a worker whether there is to be another epoch."""
        worker = self._workers[place]
        if worker is not None:
            worker.send(GoOn(granted))

    def discard(self, place: int) -> None:
        """Ends a worker, whatever it does."""
        worker, self._workers[place] = self._workers[place], None
        if worker is not None:
            worker.process.kill()
            worker.end()

    def is_ready(self, place: int) -> bool:
        """Whether the worker has read the data."""
        worker = self._workers[place]
        return worker is not None and worker.is_ready

    def receive(self, seconds: float) -> Iterator[tuple[int, Report]]:
        """What the workers say, with their places; waits until one does, for so many seconds at most."""
        places = {
            worker.connection: place for place, worker in enumerate(self._workers) if worker is not None
        }
        for connection in wait(list(places), max(0.0, seconds)):
            assert isinstance(connection, Connection)
            place = places[connection]
            worker = self._workers[place]
            if worker is not None:
                message = worker.receive()
                if isinstance(message, Outcome):
                    if message.worn:
                        self.discard(place)
                    message = message.report
                elif isinstance(message, Gone):
                    self._workers[place] = None
                yield place, message


class _Worker:
    """One process.

    Attributes:
        process: that runs `models.search.worker`.
        connection: to it.
        is_ready: whether it has read the data.
    """

    def __init__(self, threads: int, gpu: str | None):
        self.is_ready = False
        self.connection, theirs = multiprocessing.Pipe()
        command = [sys.executable, "-c", _START, str(theirs.fileno()), str(threads), *sys.path]
        with theirs:
            self.process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                env=_environment(threads, gpu),
                pass_fds=[theirs.fileno()],
            )

    def send(self, message: Any) -> None:
        with contextlib.suppress(OSError):  # of one that has ended, which `receive` says
            self.connection.send(message)

    def receive(self) -> Report | Outcome:
        """Blocks until it says something or has ended."""
        try:
            report: Report | Outcome = self.connection.recv()
        except (EOFError, OSError):
            return Gone(self.end(), self.is_ready)
        self.is_ready = self.is_ready or isinstance(report, Ready)
        return report

    def end(self) -> str:
        """Waits for the end of a process that was killed or has gone, and says how it was."""
        self.connection.close()
        try:
            status = self.process.wait(END_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            return "Its process closed the connection, but did not end."
        if status == -signal.SIGKILL:
            return "Its process was killed (SIGKILL), as the system does where memory is short."
        if status < 0:
            return f"Its process was ended by {signal.Signals(-status).name}."
        return f"Its process ended with status {status}; the log says more."


def _environment(threads: int, gpu: str | None) -> dict[str, str]:
    environment = os.environ | {"OMP_NUM_THREADS": str(threads)}
    environment.pop(VARIABLE, None)  # each trial is trained by one process
    if gpu is not None:
        # The allowance lets several of them share a GPU.
        environment |= {"CUDA_VISIBLE_DEVICES": gpu, "TF_FORCE_GPU_ALLOW_GROWTH": "true"}
    return environment
