"""What training runs on: several workers, several GPUs, or TensorFlow's default, one GPU or the CPU."""

import dataclasses
import functools
import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import tensorflow as tf

from models.errors import UserError
from models.workers import VARIABLE, Workers

logger = logging.getLogger(__name__)

GPU_DEVICE = Path("/dev/nvidia0")
ENDS_OF_OTHERS = (
    tf.errors.UnavailableError,
    tf.errors.AbortedError,  # it has been started again
    tf.errors.FailedPreconditionError,
    tf.errors.DeadlineExceededError,
    tf.errors.CancelledError,
)
"""What TensorFlow raises here when another worker ends."""


@dataclasses.dataclass(frozen=True)
class Devices:
    """The devices of this process, and of the workers beside it.

    Attributes:
        strategy: spreads each step over them.
        workers: how many processes there are, and which one this is.
    """

    strategy: tf.distribute.Strategy
    workers: Workers

    @property
    def spread(self) -> bool:
        """Whether weights are held by more than one device."""
        return self.strategy.num_replicas_in_sync > 1

    def of_chief(self, values: dict[str, float]) -> dict[str, float]:
        """The chief's values, on all workers; every worker has to call it, and waits for the others.

        The same computation may end in other last digits on another machine, but whether training goes on has
        to be decided alike.
        """
        if self.workers.count == 1:
            return values
        mine = tf.constant([*values.values()], tf.float64)
        return dict(zip(values, _of_first_replica(self.strategy, mine).numpy().tolist(), strict=True))

    def wait(self) -> None:
        """Returns when all workers have come here.

        Raises:
            UserError: if one of them ends before.
        """
        with self.together():
            self.of_chief({"here": 1.0})

    @contextmanager
    def together(self) -> Iterator[None]:
        """What is done in it needs all workers.

        Raises:
            UserError: if one of them ends meanwhile.
        """
        try:
            yield
        except ENDS_OF_OTHERS as error:
            if self.workers.count == 1:
                raise
            raise _end_of_another(self.workers) from error


@functools.cache
def training_devices() -> Devices:
    """The same in each training of a process, whose collective operations can be set up once.

    With TF_CONFIG of several workers, this has to come before all else that TensorFlow does in the process.

    Raises:
        UserError: if TF_CONFIG is not right or comes too late, its port is taken, or another worker ends
            while they look for each other.
    """
    workers = Workers.of_environment()
    devices = Devices(_strategy(workers), workers)
    gpus = len(tf.config.list_physical_devices("GPU"))
    logger.info(
        "Training has %d worker(s) and takes %d device(s) in all; TensorFlow sees %d GPU(s) here.",
        workers.count,
        devices.strategy.num_replicas_in_sync,
        gpus,
    )
    if not gpus and _gpus_were_given():
        logger.warning(
            "TensorFlow sees no GPU though there is one here, and training takes the CPU: take the CUDA "
            "variant of the image (docs/image.md)."
        )
    return devices


def _gpus_were_given() -> bool:
    """Whether this machine or container has GPUs that CUDA_VISIBLE_DEVICES does not hide on purpose."""
    if os.environ.get("CUDA_VISIBLE_DEVICES") in ("", "-1"):
        return False
    return GPU_DEVICE.exists() or os.environ.get("NVIDIA_VISIBLE_DEVICES", "") not in ("", "void", "none")


def _strategy(workers: Workers) -> tf.distribute.Strategy:
    if workers.count > 1:
        return _strategy_of_workers(workers)
    if len(tf.config.list_logical_devices("GPU")) > 1:
        # Unlike NCCL's, this reduction takes sparse gradients of different lengths.
        reduction = tf.distribute.ReductionToOneDevice()
        return tf.distribute.MirroredStrategy(cross_device_ops=reduction)
    return tf.distribute.get_strategy()


def _strategy_of_workers(workers: Workers) -> tf.distribute.Strategy:
    try:
        return tf.distribute.MultiWorkerMirroredStrategy()
    except RuntimeError as error:
        if "must be configured at program startup" not in str(error):
            raise _end_of_another(workers) from error
        raise UserError(
            f"{VARIABLE} names several workers, but TensorFlow was used in this process before training "
            f"began ({error}). Start each worker's Trainer in a process of its own, or unset {VARIABLE}."
        ) from error
    except tf.errors.UnknownError as error:
        raise UserError(
            f"This worker cannot listen at its own address in {VARIABLE} ({error.message}). Take a port that "
            "is free, in the TF_CONFIG of all workers."
        ) from error
    except (*ENDS_OF_OTHERS, tf.errors.InternalError) as error:  # the latter of the barrier of all workers
        raise _end_of_another(workers) from error


def _end_of_another(workers: Workers) -> UserError:
    return UserError(
        f"Another of the {workers.count} workers in {VARIABLE} has ended, or cannot be reached any more. See "
        "why in its log, and start all of them again."
    )


@tf.function
def _of_first_replica(strategy: tf.distribute.Strategy, value: tf.Tensor) -> tf.Tensor:
    def share() -> tf.Tensor:
        context = tf.distribute.get_replica_context()
        # The chief's first device; 0 times the others' would keep what is not a number.
        counts = tf.equal(context.replica_id_in_sync_group, 0)
        return context.all_reduce(tf.distribute.ReduceOp.SUM, tf.where(counts, value, tf.zeros_like(value)))

    return strategy.experimental_local_results(strategy.run(share))[0]
