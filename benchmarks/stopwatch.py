"""CPU time of what runs side by side."""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable, Mapping

from rich.console import Console


def cpu_seconds(work: Callable[[], object]) -> float:
    """CPU seconds of all threads of this process while `work` runs."""
    gc.collect()
    start = time.process_time()
    work()
    return time.process_time() - start


def alternate(
    contenders: Mapping[str, Callable[[], object]], rounds: int, console: Console
) -> dict[str, list[float]]:
    """CPU seconds of each contender, in turn, `rounds` times, after a run of each that does not count.

    The first run traces the graphs.
    """
    seconds: dict[str, list[float]] = {name: [] for name in contenders}
    for turn in range(rounds + 1):
        for name, work in contenders.items():
            spent = cpu_seconds(work)
            note = " (first run, not counted)" if turn == 0 else ""
            console.print(f"{name}: {spent:.2f} CPU s{note}")
            if turn:
                seconds[name].append(spent)
    return seconds


def spread(seconds: list[float]) -> str:
    """Median and range, for a table."""
    return f"{statistics.median(seconds):.3g} ({min(seconds):.3g} - {max(seconds):.3g})"
