"""What a container leaves when it fails: the last lines of its log, and the sentence to act on."""

import collections
import contextlib
import logging
import os
import sys
import traceback
from collections.abc import Iterator

from components import storage
from models.errors import UserError
from pipeline.housekeeping.explanation import explain_error

FAILURE_FILE = "failure.txt"
"""Beside a failed task's output folders; its last line is the sentence."""

LAST_LINES = 15
_TERMINATION_LOG = "/dev/termination-log"
"""Where Kubernetes looks for a container's last words, if it has made the file."""


class _LastRecords(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.INFO)
        self.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
        self.lines: collections.deque[str] = collections.deque(maxlen=LAST_LINES)

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.extend(self.format(record).splitlines())


@contextlib.contextmanager
def leaving_word(task: str, output_uri: str) -> Iterator[None]:
    """Ends the process with status 1 if the block fails, and tells why where people look.

    That is the end of the container's log, Kubernetes' termination message, and `failure.txt` of the task's
    folder in the root, which `autoncf kubeflow status` reads.

    Args:
        task: its name.
        output_uri: of any of its outputs: `PIPELINE ROOT/NAME/RUN/TASK/...`.
    """
    records = _LastRecords()
    logging.getLogger().addHandler(records)
    try:
        yield
    except Exception as error:
        sentence = _sentence(error)
        where = [] if isinstance(error, UserError) else traceback.format_exc().splitlines()
        text = "\n".join([*records.lines, *where, "", sentence])
        print(f"\n{task} failed.\n{text}", file=sys.stderr, flush=True)
        _leave(text, sentence, failure_file(output_uri, task))
        raise SystemExit(1) from None
    finally:
        logging.getLogger().removeHandler(records)


def failure_file(output_uri: str, task: str) -> str:
    """Where a task of a run leaves word."""
    run_folder = output_uri.rpartition(f"/{task}/")[0]
    return storage.join(f"{run_folder}/{task}", FAILURE_FILE)


def _sentence(error: Exception) -> str:
    if isinstance(error, UserError):
        return " ".join(str(error).splitlines())
    first = (str(error).splitlines() or ["no message"])[0]
    return explain_error(error) or (
        f"{type(error).__name__}: {first} - the lines above say where; mend it and start the run again: what "
        "ended well is answered from the cache."
    )


def _leave(text: str, sentence: str, path: str) -> None:
    if os.access(_TERMINATION_LOG, os.W_OK):
        with open(_TERMINATION_LOG, "w", encoding="utf-8") as file:
            file.write(sentence)
    try:
        storage.write_text(path, text + "\n")
    except (UserError, OSError) as error:
        print(f"{path}: cannot be written ({error}).", file=sys.stderr)
