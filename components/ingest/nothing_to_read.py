"""The error of a folder in which everything is in order, and nothing is to be read yet."""

from models.errors import UserError


class NothingToRead(UserError):
    """All interactions wait to be complete, or no span has rows: a schedule waits, and alarms nobody."""
