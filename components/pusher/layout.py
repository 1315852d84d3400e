"""The names inside a base folder of versions beside `base/<number>/` (`serving.versions`)."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

STAGING_FOLDER = ".staging"
"""A version that is being written."""

WITHDRAWN_FOLDER = ".withdrawn"
"""Versions that a rollback took away from the servers, each under its number."""

REMOVED_FOLDER = ".removed"
"""A version that is being removed."""

LOCK_FILE = ".lock"
"""Held by whatever changes the versions (`components.pusher.lock`)."""

RECORD_FILE = os.path.join("assets.extra", "model.sha256")
"""In a version: digest of the model that was pushed. Servers ignore what they do not know in assets.extra."""


def remove_folder(path: Path) -> None:
    """Removes a folder, or a link to one, but not what the link leads to."""
    if path.is_symlink():
        path.unlink()
    else:
        shutil.rmtree(path)


def flush(path: str | Path) -> None:
    """Makes the disk keep a file, or the names in a folder."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def flush_tree(folder: str | Path) -> None:
    """Makes the disk keep a folder and all in it, so that no rename outlives the files it is about."""
    for parent, _, names in os.walk(folder):
        for name in names:
            flush(os.path.join(parent, name))
        flush(parent)
