"""TensorFlow's own logs, kept off the screen of commands that only ask or serve."""

import logging
import os
import warnings


def silence_tensorflow() -> None:
    """Hides what TensorFlow and its neighbours print; to be called before TensorFlow is first imported."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ.setdefault("GRPC_VERBOSITY", "NONE")
    logging.getLogger("tensorflow").setLevel(logging.ERROR)
    warnings.filterwarnings("ignore", category=FutureWarning)
