"""Signals that end a process, taken like Ctrl-C."""

import contextlib
import signal
import threading
from collections.abc import Iterator
from types import FrameType

SIGNALS = (signal.SIGTERM, signal.SIGHUP)


@contextlib.contextmanager
def ended_like_interrupted() -> Iterator[None]:
    """Makes SIGTERM, by which systemd and containers end a process, and SIGHUP do what Ctrl-C does.

    The first of them, that is: systemd and the schedule may each send one, and another must not cut off what
    the block does at its end. What the process was started to ignore stays ignored, as nohup has it of
    SIGHUP. In a thread that is not the main one, which no signal reaches, nothing changes.

    Raises:
        KeyboardInterrupt: in the block, at such a signal.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.getsignal(number) for number in SIGNALS}
    for number, handler in before.items():
        if handler != signal.SIG_IGN:
            signal.signal(number, _interrupt)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    for number in SIGNALS:
        signal.signal(number, signal.SIG_IGN)
    raise KeyboardInterrupt
