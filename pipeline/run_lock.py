"""One at a time: whatever changes a root holds its lock meanwhile."""

import contextlib
import datetime
import json
import os
import socket
from collections.abc import Iterator
from pathlib import Path

import filelock

from models.errors import UserError
from pipeline.locations import Locations
from pipeline.root_is_busy import RootIsBusy
from pipeline.run_failed import RunFailed


@contextlib.contextmanager
def hold(locations: Locations, what: str) -> Iterator[None]:
    """Holds the root's lock; it ends with the block, and with the process, however that ends.

    Args:
        locations: of the deployment; its root exists.
        what: the command that holds it, such as "autoncf run"; whoever finds the root busy is told.

    Raises:
        RootIsBusy: at once, if another process (or another block of this one) holds it, naming the holder.
        UserError: if there is no such root, or the lock cannot be written.
        RunFailed: if the holder cannot be noted down, as on a full disk; nothing was changed then.
    """
    if not locations.root.is_dir():  # filelock would make it
        raise UserError(f"--root {locations.root}: there is no such folder; give the root of a deployment.")
    lock = filelock.FileLock(locations.lock)
    try:
        held = lock.acquire(blocking=False)
    except filelock.Timeout:
        raise RootIsBusy(
            f"--root {locations.root}: in use by {_holder(locations)}; wait until that has ended, or end it."
        ) from None
    except OSError as error:
        raise UserError(
            f"--root {locations.root}: the lock {locations.lock.name} cannot be written ({error.strerror}); "
            "give this user the right to write there."
        ) from None
    record = _record(locations)
    with held:
        _write(record, what)
        try:
            yield
        finally:
            record.unlink(missing_ok=True)


def _record(locations: Locations) -> Path:
    """Beside the lock: older versions of filelock empty the file itself when they find it locked."""
    return locations.lock.with_suffix(".holder.json")


def _write(record: Path, what: str) -> None:
    holder = {
        "what": what,
        "process": os.getpid(),
        "host": socket.gethostname(),
        "since": f"{datetime.datetime.now():%Y-%m-%d %H:%M:%S}",
    }
    unfinished = record.with_suffix(".unfinished")
    try:
        unfinished.write_text(json.dumps(holder) + "\n", encoding="utf-8")
        unfinished.replace(record)
    except OSError as error:
        raise RunFailed(
            f"{record}: cannot be written ({error.strerror}); nothing was changed; run the same command "
            "again once it can."
        ) from None


def _holder(locations: Locations) -> str:
    try:
        holder = json.loads(_record(locations).read_text(encoding="utf-8"))
    except FileNotFoundError:  # it has the lock, and is yet to write its record
        return "another process"
    return "`{what}` (process {process} on {host}, since {since})".format(**holder)
