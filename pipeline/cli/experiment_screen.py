"""What a person sees of an experiment: a line per trained model, and how long the rest may take."""

import logging
from collections.abc import Callable, Sequence
from pathlib import Path

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from models.training_progress import EpochProgress
from pipeline.cli.errors import FAILURE_STATUS
from pipeline.experiments.experiment import Experiment, Finished
from pipeline.experiments.reports.csv_file import write_csv
from pipeline.experiments.results import Result
from pipeline.experiments.time_left import TimeLeft

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
        typer.Exit: with status 130 if it is interrupted, 1 if a trial fails; what is finished is reported all
            the same.
    """
    over, failed = 0, 0
    with _Screen(experiment, console) as screen:
        try:
            for finished in experiment.run():
                screen.show(finished)
                over += 1
                failed += bool(finished.failure)
                if not finished.kept:
                    write_csv(experiment.results(), out / RESULTS)
        except KeyboardInterrupt:
            console.print(f"Interrupted after {over} of {len(experiment.work)}.", style="yellow")
    if results := experiment.results():
        write_csv(results, out / RESULTS)
        write_report(results, out)
        console.print(f"Results, report and plots are in {out}.", markup=False, soft_wrap=True)
    if over < len(experiment.work):
        console.print("The same command goes on from there.")
        raise typer.Exit(INTERRUPTED_STATUS)
    if failed:
        console.print(f"{failed} of {over} failed; the report is without them.", style="red")
        raise typer.Exit(FAILURE_STATUS)


class _Screen(logging.Handler):
    """A bar over all models; below it the one in training, told by the records of `models.training`."""

    def __init__(self, experiment: Experiment, console: Console):
        super().__init__(logging.INFO)
        self.trials = experiment.work
        self.console = console
        self.done = 0
        self.time_left = TimeLeft(self.trials)
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
        self.task = self.progress.add_task("", total=len(self.trials), left="")

    def __enter__(self) -> "_Screen":
        logger = logging.getLogger("models.training")
        self.kept_level = logger.level
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
        logger.setLevel(self.kept_level)
        if self.console.is_interactive:
            self.progress.stop()

    def emit(self, record: logging.LogRecord) -> None:
        """Shows the epoch of a record that has one."""
        epoch = getattr(record, "progress", None)
        if isinstance(epoch, EpochProgress):
            self._name_current(f", epoch {epoch.epoch} of at most {epoch.epochs}")

    def show(self, finished: Finished) -> None:
        """Prints a line about a trial that is over."""
        self.done += 1
        self.time_left.count(finished)
        left = self.time_left.text(self.done)
        seconds = finished.choosing + finished.training
        took = "finished before" if finished.kept else f"{seconds:.0f} s"
        figures = f"{_figures(finished.results[0])} ({took})" if finished.results else finished.failure
        self.console.print(
            f"{self.done}/{len(self.trials)} {finished.trial.name}: {figures}{left and '; ' + left}",
            style="red" if finished.failure else None,
            markup=False,
            soft_wrap=True,
        )
        self.progress.update(self.task, completed=self.done, left=left)
        self._name_current()

    def _name_current(self, detail: str = "") -> None:
        if self.done < len(self.trials):
            self.progress.update(self.task, description=self.trials[self.done].name + detail)


def _figures(result: Result) -> str:
    metrics = result.metrics
    if "rmse" in metrics:
        return f"RMSE {metrics['rmse']:.4f}"
    return (
        f"HR@10 {metrics['raw_hr_at_10']:.4f} NDCG@10 {metrics['raw_ndcg_at_10']:.4f} raw, "
        f"{metrics['cold_last_hr_at_10']:.4f} {metrics['cold_last_ndcg_at_10']:.4f} cold-last"
    )
