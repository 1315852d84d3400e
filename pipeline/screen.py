"""What a person sees of a run: one line per component, and a bar over the epochs."""

import contextlib
import logging
import os
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from models.training_progress import EpochProgress

STARTED = "Component %s is running."
FINISHED = "Component %s is finished."
CACHED = "A cached execution %d is used."


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
    with log_file.open("ab", buffering=0) as log:
        os.dup2(log.fileno(), 1)
        os.dup2(log.fileno(), 2)
    handler = logging.StreamHandler(sys.stderr)
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


class ComponentScreen(logging.Handler):
    """Shows components as they start and end, and epochs as they pass, from the log records of a run.

    The local runner says what it does in its log alone; it has no other hook.

    Args:
        console: the screen.
        describe: what came out of a component that ended, by its id; shown below it.
    """

    def __init__(self, console: Console, describe: Callable[[str], str | None]):
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
        )
        self.task = self.progress.add_task("", detail="", visible=False)
        self.component = ""
        self.started = 0.0
        self.cached = False

    def __enter__(self) -> "ComponentScreen":
        self.progress.start()
        logging.getLogger("absl").addHandler(self)
        logging.getLogger("models").addHandler(self)
        return self

    def __exit__(self, *exception: object) -> None:
        logging.getLogger("absl").removeHandler(self)
        logging.getLogger("models").removeHandler(self)
        self.progress.stop()

    def emit(self, record: logging.LogRecord) -> None:
        """Reacts to the few records that matter."""
        progress = getattr(record, "progress", None)
        if isinstance(progress, EpochProgress):
            self._show_epoch(progress)
        elif record.msg == CACHED:
            self.cached = True
        elif record.msg == STARTED:
            self._start(str(record.args[0]))
        elif record.msg == FINISHED:
            self._finish()

    def _start(self, component: str) -> None:
        self.component, self.started, self.cached = component, time.monotonic(), False
        self.progress.reset(self.task, description=component, total=None, visible=True, detail="")
        if not self.console.is_terminal:
            self.console.print(f"… {component}", markup=False)

    def _finish(self) -> None:
        took = "cached" if self.cached else f"{time.monotonic() - self.started:.1f} s"
        self.progress.update(self.task, visible=False)
        self.console.print(f"✓ {self.component:<24}{took:>10}", markup=False)
        description = self.describe(self.component)
        if description:
            self.console.print(f"  {description}", style="dim", markup=False)

    def _show_epoch(self, progress: EpochProgress) -> None:
        figures = "  ".join(f"{name} {value:.4f}" for name, value in progress.metrics.items())
        self.progress.update(
            self.task,
            description=f"{self.component}, {progress.phase}",
            total=progress.epochs,
            completed=progress.epoch,
            detail=f"epoch {progress.epoch}  {figures}",
        )
