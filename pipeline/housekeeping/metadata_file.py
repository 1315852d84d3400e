"""The file of the metadata store: free to be written, and sound, or else set aside."""

import datetime
import sqlite3
from pathlib import Path

from ml_metadata import errors

from pipeline.run_failed import RunFailed
from pipeline.store import open_store

PATIENCE_SECONDS = 60.0
"""How long another process may hold the store; a reader holds it for milliseconds."""

_COMPANIONS = ("", "-journal", "-wal", "-shm")


def make_sound(metadata: Path, patience_seconds: float = PATIENCE_SECONDS) -> str | None:
    """Sets a damaged metadata store aside, so that the run begins with a new one.

    What a killed process left half-done SQLite takes back by itself, from the journal beside the file.

    Args:
        metadata: file of the store; one that is not there is sound.
        patience_seconds: how long to wait for another process that writes to it.

    Returns:
        what was wrong and where the file is now; None if the store is sound.

    Raises:
        RunFailed: if another process holds the store for longer, the file cannot be read or written, the disk
            is full, or a newer ML Metadata wrote it: none of it is a matter of the data or the config.
    """
    if not metadata.exists():
        return None
    damage = _damage(metadata, patience_seconds) or _unfit(metadata, patience_seconds)
    if damage is None:
        return None
    aside = _set_aside(metadata)
    return (
        f"{metadata} is damaged ({damage}). It is now {aside.name}, and this run begins with a new one: "
        "nothing is answered from the cache, and drift is not measured this once; the pushed versions are as "
        "they were."
    )


def _damage(metadata: Path, patience_seconds: float) -> str | None:
    """What SQLite finds wrong with the file."""
    try:
        connection = sqlite3.connect(metadata, timeout=patience_seconds, isolation_level=None)
        try:
            connection.execute("BEGIN IMMEDIATE")  # waits for whoever writes
            [fault] = connection.execute("PRAGMA quick_check(1)").fetchone()
            [page_bytes] = connection.execute("PRAGMA page_size").fetchone()
            connection.execute("ROLLBACK")
        finally:
            connection.close()
    except sqlite3.OperationalError as error:
        raise _trouble(metadata, str(error), patience_seconds) from error
    except sqlite3.DatabaseError as error:
        return str(error)
    if metadata.stat().st_size % page_bytes:
        return "its last page is cut off"  # which SQLite fills up with zeros, and finds nothing wrong
    return None if fault == "ok" else str(fault)


def _trouble(metadata: Path, reason: str, patience_seconds: float) -> RunFailed:
    """The error for a file about which nothing can be said."""
    if "locked" in reason:
        return RunFailed(
            f"{metadata} has been locked by another process for {patience_seconds:.0f} s; end that process "
            "and run the same command again."
        )
    if "unable to open" in reason or "readonly" in reason:
        return RunFailed(
            f"{metadata}: cannot be written ({reason}); give this user the right to, or move it away."
        )
    return RunFailed(
        f"{metadata}: cannot be read ({reason}); run the same command again once it can, or move the file "
        "away to begin with a new one."
    )


def _unfit(metadata: Path, patience_seconds: float) -> str | None:
    """What ML Metadata finds wrong with a file that is sound to SQLite."""
    try:
        open_store(metadata)
    except (RuntimeError, errors.StatusError) as error:
        reason = str(error)
    else:
        return None
    if "subset of tables" in reason:
        return "tables are missing"
    if "greater than library version" in reason:
        raise RunFailed(
            f"{metadata} was written by a newer release of ML Metadata; run with that release, or move the "
            "file away to begin with a new one."
        )
    raise _trouble(metadata, reason, patience_seconds)


def _set_aside(metadata: Path) -> Path:
    """Keeps the newest alone: the disk may be what damages one after the other."""
    for earlier in metadata.parent.glob(f"{metadata.name}.damaged-*"):
        earlier.unlink()
    aside = metadata.with_name(f"{metadata.name}.damaged-{datetime.datetime.now():%Y-%m-%dT%H-%M-%S}")
    for companion in _COMPANIONS:
        path = metadata.with_name(metadata.name + companion)
        if path.exists():
            path.rename(aside.with_name(aside.name + companion))
    return aside
