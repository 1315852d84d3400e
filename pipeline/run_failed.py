"""The error of a run that no rule of ours foresees."""


class RunFailed(RuntimeError):
    """A component failed; the message tells where to look."""
