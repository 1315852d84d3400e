"""When a worker has to be replaced."""

import resource
from collections.abc import Callable
from pathlib import Path

WORN_FACTOR = 2
"""Times the memory that it held after its first trial."""
KILOBYTE = 1024
"""Unit of `getrusage` on Linux."""


def resident_bytes() -> int:
    """The memory that this process holds; where the system does not tell that, the most that it ever held."""
    try:
        return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * KILOBYTE


class Wear:
    """What trials leave in a process: the memory that it holds after each of them, and damage.

    TensorFlow never lets go of the graph of a training step (its cycles of references lead through C++, where
    Python's collector cannot follow), nor of the constants in it, such as the interactions of the towers: a
    few megabytes for each trial on little data, and hundreds on much.

    Args:
        resident: tells the bytes.

    Attributes:
        damaged: whether something else than its structure may have made a trial fail, such as an error of the
            GPU, after which the process can use it no more.
    """

    def __init__(self, resident: Callable[[], int] = resident_bytes):
        self._resident = resident
        self._limit: int | None = None
        self.damaged = False

    def is_worn(self) -> bool:
        """Whether a new process should train the next trial; to be asked after each one."""
        resident = self._resident()
        if self._limit is None:
            self._limit = WORN_FACTOR * resident
        return self.damaged or resident > self._limit
