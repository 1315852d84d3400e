"""Taking turns in a base folder of versions: a push, a rollback, labels, and the removal of old versions.

Each takes seconds, so whoever comes second waits. The lock ends with its process, however that ends.
"""

import contextlib
from collections.abc import Iterator
from pathlib import Path

import filelock

from components.pusher.layout import LOCK_FILE

PATIENCE_SECONDS = 120.0
"""How long the others may take: a push copies a model and waits for the disk."""


@contextlib.contextmanager
def hold_versions(base: Path, patience_seconds: float = PATIENCE_SECONDS) -> Iterator[None]:
    """Nothing else changes the versions, or what they are called, while the block runs.

    Args:
        base: local folder of the versions; without it there is nothing to change.
        patience_seconds: how long to wait for others.

    Raises:
        TimeoutError: if another process has been at it for longer.
        OSError: if the lock cannot be written.
    """
    if not base.is_dir():
        yield
        return
    lock = filelock.FileLock(base / LOCK_FILE)
    try:
        lock.acquire(timeout=patience_seconds)
    except filelock.Timeout:
        raise TimeoutError(
            f"another process has been changing the versions in {base} for {patience_seconds:.0f} s"
        ) from None
    try:
        yield
    finally:
        lock.release()
