"""What a person sees of a run: one line per component, and a bar over the epochs or the search."""

import contextlib
import logging
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from models.search.progress import SearchProgress
from models.training_progress import EpochProgress

LOGGERS = ("models.training", "models.search.tuner")
"""That tell of progress."""


@contextlib.contextmanager
def output_to(log_file: Path) -> Iterator[Console]:
    """Sends everything that this process prints, C++ included, to a file; yields a console on the screen.

    Args:
        log_file: created; its folder exists.
    """
    sys.stdout.flush()
    sys.stderr.flush()
    screen = os.fdopen(os.dup(1), "w", encoding="utf-8")
    kept_error = os.dup(2)
    log = log_file.open("a", encoding="utf-8")
    os.dup2(log.fileno(), 1)
    os.dup2(log.fileno(), 2)
    # Not `sys.stderr`: in a notebook or under a test it is something else than the second descriptor.
    handler = logging.StreamHandler(log)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    try:
        yield Console(file=screen, highlight=False)
    finally:
        root.removeHandler(handler)
        root.setLevel(level)
        sys.stdout.flush()
        sys.stderr.flush()
        os.dup2(screen.fileno(), 1)
        os.dup2(kept_error, 2)
        os.close(kept_error)
        screen.close()
        log.close()


class ComponentScreen(logging.Handler):
    """Shows components as they start and end, and the epochs and trials that the training and search log.

    Args:
        console: the screen.
        describe: what became of a component that ended, in a few words, and what came out, in a line.
    """

    def __init__(self, console: Console, describe: Callable[[str], tuple[str, str]]):
        super().__init__(logging.INFO)
        self.console = console
        self.describe = describe
        self.progress = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(bar_width=24),
            TextColumn("{task.fields[detail]}"),
            TimeElapsedColumn(),
            console=console,
            transient=True,
            redirect_stdout=False,  # what the components print belongs to the log
            redirect_stderr=False,
        )
        self.component = ""

    def __enter__(self) -> "ComponentScreen":
        for logger in map(logging.getLogger, LOGGERS):
            logger.setLevel(logging.INFO)  # whatever the libraries do to the root logger meanwhile
            logger.addHandler(self)
        if self.console.is_interactive:  # elsewhere it would add an empty line at the end
            self.progress.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, *exception: object) -> None:
        if self.console.is_interactive:
            self.progress.stop()
        for logger in map(logging.getLogger, LOGGERS):
            logger.removeHandler(self)
        if kind is not None:
            self.console.print(f"✗ {self.component}", markup=False)

    def started(self, component: str) -> None:
        """Shows that a component runs."""
        self.component = component
        self._remove_bar()
        self.progress.add_task(component, total=None, detail="")
        if not self.console.is_interactive:
            self.console.print(f"… {component}", markup=False)

    def finished(self, component: str) -> None:
        """Shows what came out of a component."""
        self._remove_bar()
        took, outcome = self.describe(component)
        self.console.print(f"✓ {component:<24}{took:>10}", markup=False)
        if outcome:
            self.console.print(f"  {outcome}", style="dim", markup=False, soft_wrap=True)

    def emit(self, record: logging.LogRecord) -> None:
        """Shows an epoch that ended, or where a search stands."""
        progress = getattr(record, "progress", None)
        if isinstance(progress, EpochProgress):
            self._show(description=f"{self.component}, {progress.phase}", **_of_epoch(progress))
        elif isinstance(progress, SearchProgress):
            self._show(**_of_search(progress))

    def _show(self, **fields: Any) -> None:
        for task in self.progress.task_ids:
            self.progress.update(task, **fields)

    def _remove_bar(self) -> None:
        for task in self.progress.task_ids:
            self.progress.remove_task(task)


def _of_epoch(progress: EpochProgress) -> dict[str, Any]:
    figures = "  ".join(f"{name} {value:.4f}" for name, value in progress.metrics.items())
    return {
        "total": progress.epochs,
        "completed": progress.epoch,
        "detail": f"epoch {progress.epoch}  {figures}",
    }


def _of_search(progress: SearchProgress) -> dict[str, Any]:
    """The bar is full when either budget is used up."""
    done, detail = progress.ended / progress.trials, f"trial {progress.trial}"
    if progress.best_value is not None:
        detail += f", best {progress.objective} {progress.best_value:.4f} ({progress.best_origin})"
    minutes = f"{progress.seconds // 60:.0f}"
    if progress.limit_seconds is not None:
        done = max(done, progress.seconds / progress.limit_seconds)
        minutes += f" of {progress.limit_seconds / 60:g}"
    return {"total": 1.0, "completed": min(done, 1.0), "detail": f"{detail}, {minutes} min"}
