"""The AtomicPusher component."""

from tfx.components.pusher.component import Pusher
from tfx.dsl.components.base import executor_spec

from components.pusher.executor import Executor


class AtomicPusher(Pusher):
    """The stock Pusher with versions that a server sees whole or not at all, and each model once.

    The stock one copies straight into the numeric folder, and TF Serving tries any numeric folder it sees.
    Arguments and outputs are those of `tfx.v1.components.Pusher`; `push_destination` has to be a filesystem.
    How a version comes to be is told in `components.pusher.versions`.
    """

    EXECUTOR_SPEC = executor_spec.ExecutorClassSpec(Executor)
