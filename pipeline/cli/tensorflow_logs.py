"""TensorFlow's own logs, kept off the screen of commands that only ask or serve."""

import contextlib
import logging
import os
import sys
import warnings
from collections.abc import Iterator


def import_tensorflow_silently() -> None:
    """Imports TensorFlow; hides what it and its neighbours print then and later.

    Its C++ side writes lines straight to the file descriptor of standard error while it is loaded, which no
    log level keeps back on every version.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ.setdefault("GRPC_VERBOSITY", "NONE")
    warnings.filterwarnings("ignore", category=FutureWarning)
    import models  # noqa: F401 - chooses Keras 2, which has to come before TensorFlow

    with _hidden_standard_error():
        import tensorflow  # noqa: F401
    logging.getLogger("tensorflow").setLevel(logging.ERROR)


@contextlib.contextmanager
def _hidden_standard_error() -> Iterator[None]:
    sys.stderr.flush()
    kept = os.dup(2)
    try:
        with open(os.devnull, "wb") as nowhere:
            os.dup2(nowhere.fileno(), 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
