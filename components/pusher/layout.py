"""The names inside a base folder of versions, `base/<number>/saved_model.pb`."""

from __future__ import annotations

import os
from pathlib import Path

STAGING_FOLDER = ".staging"
"""A version that is being written."""

WITHDRAWN_FOLDER = ".withdrawn"
"""Versions that a rollback took away from the servers, each under its number."""

REMOVED_FOLDER = ".removed"
"""A version that is being removed."""

MODEL_FILE = "saved_model.pb"
"""In a version: makes it a model."""

RECORD_FILE = os.path.join("assets.extra", "model.sha256")
"""In a version: digest of the model that was pushed. Servers ignore what they do not know in assets.extra."""


def flush(path: str | Path) -> None:
    """Makes the disk keep a file, or the names in a folder."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
