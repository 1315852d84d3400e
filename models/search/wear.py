"""When a worker has to be replaced."""

import resource
from collections.abc import Callable
from pathlib import Path

WORN_FACTOR = 2
"""Times the memory that it held after its first trial."""


def resident_bytes() -> int:
    """The memory that this process holds."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()


class Wear:
    """The memory that a process holds after each trial.

    TensorFlow never lets go of the graph of a training step (its cycles of references lead through C++, where
    Python's collector cannot follow), nor of the constants in it, such as the interactions of the towers: a
    few megabytes for each trial on little data, and hundreds on much.

    Args:
        resident: tells the bytes.
    """

    def __init__(self, resident: Callable[[], int] = resident_bytes):
        self._resident = resident
        self._limit: int | None = None

    def is_worn(self) -> bool:
        """Whether a new process should train the next trial; to be asked after each one."""
        resident = self._resident()
        if self._limit is None:
            self._limit = WORN_FACTOR * resident
        return resident > self._limit
