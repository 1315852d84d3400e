"""What a person sees of an experiment: a line per trained model, and how long the rest may take."""

import logging
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from models.training_progress import EpochProgress
from pipeline.experiments.experiment import Experiment, Finished
from pipeline.experiments.reports.csv_file import write_csv
from pipeline.experiments.results import Result
from pipeline.experiments.trial import Trial

INTERRUPTED_STATUS = 130
RESULTS = "results.csv"


def run_on_screen(
    experiment: Experiment,
    out: Path,
    write_report: Callable[[Sequence[Result], Path], object],
    console: Console,
) -> None:
    """Runs the trials, and writes the results after each and the report at the end.

    Raises:
        typer.Exit: with status 130 if it is interrupted; what is finished is reported all the same.
    """
    done, count = 0, len(experiment.trials)
    with _Screen(experiment.trials, console) as screen:
        try:
            for finished in experiment.run():
                screen.show(finished)
                write_csv(experiment.results(), out / RESULTS)
                done += 1
        except KeyboardInterrupt:
            console.print(f"Interrupted after {done} of {count}.", style="yellow")
    if results := experiment.results():
        write_report(results, out)
        console.print(f"Results, report and plots are in {out}.", markup=False, soft_wrap=True)
    if done < count:
        console.print("The same command goes on from there.")
        raise typer.Exit(INTERRUPTED_STATUS)


class _Screen(logging.Handler):
    """A bar over all models; below it the one in training, told by the records of `models.training`."""

    def __init__(self, trials: Sequence[Trial], console: Console):
        super().__init__(logging.INFO)
        self.trials = trials
        self.console = console
        self.done = 0
        self.seconds: dict[str, list[float]] = {}
        self.started = time.monotonic()
        self.progress = Progress(
            MofNCompleteColumn(),
            BarColumn(bar_width=20),
            TextColumn("{task.fields[left]}"),
            TimeElapsedColumn(),
            TextColumn("{task.description}"),
            console=console,
            transient=True,
            redirect_stdout=False,
            redirect_stderr=False,
        )
        self.task = self.progress.add_task("", total=len(trials), left="")

    def __enter__(self) -> "_Screen":
        logger = logging.getLogger("models.training")
        logger.setLevel(logging.INFO)
        logger.propagate = False  # the bar tells what the log would
        logger.addHandler(self)
        if self.console.is_interactive:
            self.progress.start()
        self._name_current()
        return self

    def __exit__(self, *_: object) -> None:
        logger = logging.getLogger("models.training")
        logger.removeHandler(self)
        logger.propagate = True
        if self.console.is_interactive:
            self.progress.stop()

    def emit(self, record: logging.LogRecord) -> None:
        """Shows the epoch of a record that has one."""
        epoch = getattr(record, "progress", None)
        if isinstance(epoch, EpochProgress):
            self._name_current(f", epoch {epoch.epoch} of at most {epoch.epochs}")

    def show(self, finished: Finished) -> None:
        """Prints a line about a trial, and starts the clock of the next."""
        now = time.monotonic()
        trial, seconds = finished.trial, now - self.started
        self.started = now
        self.done += 1
        if not finished.kept:
            self.seconds.setdefault(trial.contender.name, []).append(seconds)
        took = "finished before" if finished.kept else f"{seconds:.0f} s"
        left = self._left()
        self.console.print(
            f"{self.done}/{len(self.trials)} {_name(trial)}: {_figures(finished.results[0])} ({took}){left}",
            markup=False,
            soft_wrap=True,
        )
        self.progress.update(self.task, completed=self.done, left=left.removeprefix("; "))
        self._name_current()

    def _name_current(self, detail: str = "") -> None:
        if self.done < len(self.trials):
            self.progress.update(self.task, description=_name(self.trials[self.done]) + detail)

    def _left(self) -> str:
        """How long the rest may take: as long as the same contender took before, or any did on average."""
        taken = [seconds for each in self.seconds.values() for seconds in each]
        waiting = self.trials[self.done :]
        if not taken or not waiting:
            return ""
        typical = sum(taken) / len(taken)
        left = sum(_mean(self.seconds.get(trial.contender.name, [typical])) for trial in waiting)
        return f"; about {left / 60:.0f} min left" if left >= 90 else f"; about {left:.0f} s left"


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)


def _name(trial: Trial) -> str:
    return f"{trial.dataset} {trial.contender.name} seed {trial.seed}"


def _figures(result: Result) -> str:
    metrics = result.metrics
    if "rmse" in metrics:
        return f"RMSE {metrics['rmse']:.4f}"
    return (
        f"HR@10 {metrics['raw_hr_at_10']:.4f} NDCG@10 {metrics['raw_ndcg_at_10']:.4f} raw, "
        f"{metrics['cold_last_hr_at_10']:.4f} {metrics['cold_last_ndcg_at_10']:.4f} cold-last"
    )
