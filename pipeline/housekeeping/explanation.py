"""Sentences for what full disks, locked stores and rollbacks do to a run, wherever in it they come up."""

import errno
import re
from collections.abc import Iterator

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_FULL_TEXT = re.compile(
    r"No space left on device|database or disk is full|Disk quota exceeded|File too large", re.IGNORECASE
)
_LOCKED_TEXT = re.compile(r"database is locked", re.IGNORECASE)
_MISSING_TEXT = re.compile(r"No such file or directory|does not exist")
_CHAMPION = re.compile(r"/champion/[0-9]+(?![^/\s'\":;,)\]])")
_PATH = re.compile(r"/[^\s:;,'\"]+")


def explain_error(error: BaseException) -> str | None:
    """What a person can do about an error of a run; None if it is of another kind.

    Args:
        error: as a component raised it; what caused it is looked at too.
    """
    for cause in _chain(error):
        text = str(cause)
        if (isinstance(cause, OSError) and cause.errno in _FULL) or _FULL_TEXT.search(text):
            return (
                f"There is no space left {_place(cause)}: free some, or keep less of the past "
                "(retention.versions, retention.runs), and run the same command again."
            )
        if _LOCKED_TEXT.search(text):
            return (
                "The metadata store (metadata.sqlite below the root) is locked by another process: end that "
                "process, and run the same command again."
            )
        if _MISSING_TEXT.search(text) and _CHAMPION.search(text):
            return (
                "The champion was withdrawn while this run needed it: run the same command again to compare "
                "with the one there is now."
            )
    return None


def _chain(error: BaseException) -> Iterator[BaseException]:
    """The error, what caused it, and what caused that."""
    seen: set[int] = set()
    cause: BaseException | None = error
    while cause is not None and id(cause) not in seen:
        seen.add(id(cause))
        yield cause
        cause = cause.__cause__ or cause.__context__


def _place(error: BaseException) -> str:
    """The file that could not be written, as far as the error tells it."""
    if isinstance(error, OSError) and isinstance(error.filename, str):
        return f"for {error.filename}"
    text = str(error)
    match = _FULL_TEXT.search(text)
    before = _PATH.findall(text[: match.start()]) if match else []
    return f"for {before[-1]}" if before else "on the disk"
