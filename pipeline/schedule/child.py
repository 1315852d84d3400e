"""A command in a process of its own that ends when it is told to, with all that it has started."""

import contextlib
import dataclasses
import os
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO

GRACE_SECONDS = 10.0
"""Between asking a process to end and killing it."""
_POLL_SECONDS = 0.1


@dataclasses.dataclass(frozen=True)
class Ended:
    """How a process ended.

    Attributes:
        status: of its exit, minus the signal's number if one killed it; None if it was ended from here.
        errors: what it wrote to standard error.
        timed_out: whether it was ended because it took too long.
    """

    status: int | None
    errors: str
    timed_out: bool = False


def run_child(
    command: Sequence[str],
    log: Path,
    timeout: float,
    stopped: threading.Event,
    message: str = "",
    environment: Mapping[str, str] | None = None,
) -> Ended:
    """Runs a command until it ends, `timeout` is over or `stopped` is set.

    Args:
        command: program and arguments.
        log: what it writes is added to this file, standard error at the end; where that cannot be written, it
            is lost: how the process ends matters more.
        timeout: seconds.
        stopped: ends the process and everything in its group.
        message: its standard input.
        environment: in addition to the one of this process.

    Raises:
        OSError: if the program cannot be started.
    """
    # Files and no pipes: nothing blocks, whatever a grandchild does with what it inherited.
    with tempfile.TemporaryFile() as given, tempfile.TemporaryFile() as errors, _opened(log) as output:
        given.write(message.encode())
        given.seek(0)
        process = subprocess.Popen(
            command,
            stdin=given,
            stdout=output,
            stderr=errors,
            env={**os.environ, **(environment or {})},
            start_new_session=True,
        )
        try:
            timed_out = _waits_in_vain(process, timeout, stopped)
            status = process.poll()
        finally:
            _end(process)
        return Ended(status, _append(errors, output), timed_out)


@contextlib.contextmanager
def _opened(log: Path) -> Iterator[IO[bytes]]:
    output = _open(log)
    try:
        yield output
    finally:
        with contextlib.suppress(OSError):  # what was not flushed does not fit on the disk
            output.close()


def _open(log: Path) -> IO[bytes]:
    with contextlib.suppress(OSError):
        log.parent.mkdir(parents=True, exist_ok=True)
        return log.open("ab")
    return open(os.devnull, "ab")


def _waits_in_vain(process: subprocess.Popen[bytes], timeout: float, stopped: threading.Event) -> bool:
    """Whether the time was over before the process had ended or was to be stopped."""
    deadline = time.monotonic() + timeout
    while process.poll() is None and not stopped.wait(_POLL_SECONDS):
        if time.monotonic() > deadline:
            return True
    return False


def _end(process: subprocess.Popen[bytes]) -> None:
    """Ends a process that still runs, and what is left of its group unless it ended well."""
    if process.poll() is None:
        _signal_group(process, signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(GRACE_SECONDS)
    if process.poll() != 0:
        _signal_group(process, signal.SIGKILL)
        process.wait()


def _signal_group(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, number)


def _append(errors: IO[bytes], output: IO[bytes]) -> str:
    errors.seek(0)
    content = errors.read()
    with contextlib.suppress(OSError):
        output.write(content)
    return content.decode(errors="replace").strip()
