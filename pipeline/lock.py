"""A file that one process at a time holds, and beside it a note of who."""

import contextlib
import datetime
import os
import socket
from collections.abc import Iterator
from pathlib import Path

import filelock
from pydantic import AwareDatetime, BaseModel

from components.pusher.layout import flush
from pipeline.root_is_busy import RootIsBusy
from pipeline.run_failed import RunFailed


class Holder(BaseModel):
    """Who holds a lock, or died while holding it."""

    what: str
    """The command, such as "autoncf run"."""
    process: int
    host: str
    since: AwareDatetime

    def __str__(self) -> str:
        since = f"{self.since.astimezone():%Y-%m-%d %H:%M:%S}"
        return f"`{self.what}` (process {self.process} on {self.host}, since {since})"


@contextlib.contextmanager
def hold_lock(lock: Path, what: str, since: datetime.datetime | None = None) -> Iterator[Holder | None]:
    """Holds a lock of the operating system; it ends with the block, and with the process, however that ends.

    Args:
        lock: a file in the root of a deployment, which exists.
        what: the command that holds it; whoever finds it held is told.
        since: noted as its beginning; now by default.

    Yields:
        The last holder if it died before its block had ended.

    Raises:
        RootIsBusy: at once, if another process (or another block of this one) holds it, naming the holder.
        RunFailed: if the lock or the note cannot be written, as on a full disk; nothing was changed then.
    """
    try:
        held = filelock.FileLock(lock).acquire(blocking=False)
    except filelock.Timeout:
        who = read_holder(lock) or "another process"
        raise RootIsBusy(
            f"--root {lock.parent}: in use by {who}; wait until that has ended, or end it."
        ) from None
    except OSError as error:
        raise RunFailed(
            f"--root {lock.parent}: the lock {lock.name} cannot be written ({error.strerror}); make sure "
            "that this user may write there."
        ) from None
    with held:
        died = read_holder(lock)
        now = since or datetime.datetime.now().astimezone()
        _note(lock, Holder(what=what, process=os.getpid(), host=socket.gethostname(), since=now))
        try:
            yield died
        finally:
            _note_file(lock).unlink(missing_ok=True)


def read_holder(lock: Path) -> Holder | None:
    """Who holds a lock or died while holding it; None if nobody does, or it is not known."""
    try:
        return Holder.model_validate_json(_note_file(lock).read_text(encoding="utf-8"))
    except (OSError, ValueError):  # yet to be written, or lost with the power
        return None


def _note_file(lock: Path) -> Path:
    """Beside the lock: older versions of filelock empty the file itself when they find it locked."""
    return lock.with_suffix(".holder.json")


def _note(lock: Path, holder: Holder) -> None:
    note = _note_file(lock)
    unfinished = note.with_suffix(".unfinished")
    try:
        unfinished.write_text(holder.model_dump_json() + "\n", encoding="utf-8")
        flush(unfinished)
        unfinished.replace(note)
    except OSError as error:
        raise RunFailed(
            f"{note}: cannot be written ({error.strerror}); nothing was changed; run the same command "
            "again once it can."
        ) from None
