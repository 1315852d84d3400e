"""What can go wrong between this machine and a Kubeflow Pipelines server."""

from models.errors import UserError
from pipeline.run_failed import RunFailed


class ServerUnreachable(UserError):
    """Nothing answers at the address."""


class NotFound(UserError):
    """The server does not know what was asked for."""


class ServerFailed(RunFailed):
    """The server answers with an error of its own, or not in time."""
