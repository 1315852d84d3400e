"""The error of a command that finds a root in use."""

from models.errors import UserError


class RootIsBusy(UserError):
    """Another process changes this root now; the message tells which.

    The command line exits with status 3: the same command works once the other one has ended.
    """
