"""The error of everything in `serving`."""


class ServingError(RuntimeError):
    """A model could not be served or asked: one sentence that says what is wrong and what to do."""
