"""What a deployment has done, for `autoncf status --root`."""

import dataclasses
import json
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from models.errors import UserError

if TYPE_CHECKING:
    from pipeline.history import Night
    from pipeline.store import Run
    from pipeline.summary import Summary

_Read = TypeVar("_Read")

STYLES = {"pushed": "green", "kept": "yellow", "skipped": "dim", "rejected": "red", "failed": "red"}
"""Of the outcomes of nights."""


@dataclasses.dataclass(frozen=True)
class DeploymentStatus:
    """What lies below a root.

    Attributes:
        runs: the last ones, the oldest first.
        summaries: of all that ended well, by the run's id.
        nights: the last ones of the schedule, the oldest first.
        versions: that are pushed, the oldest first; the last one is the champion.
        well_ended: ids of the runs that have a summary, be it one that cannot be read.
        problems: what could not be read, a sentence each.
    """

    runs: "Sequence[Run]"
    summaries: "Mapping[str, Summary]"
    nights: "Sequence[Night]"
    versions: Sequence[int]
    well_ended: Collection[str]
    problems: Sequence[str]

    @property
    def champion(self) -> int | None:
        """What servers serve; None before the first push."""
        return self.versions[-1] if self.versions else None

    @property
    def champion_metrics(self) -> Mapping[str, float]:
        """On the test rows of the run that pushed it; empty if that is not known."""
        pushed = (s for s in self.summaries.values() if s.pushed_version == self.champion is not None)
        return next((summary.metrics["test"] for summary in pushed), {})


def show_deployment(root: Path, last: int, as_json: bool) -> None:
    """Prints the last runs and nights below `root`.

    Raises:
        UserError: if there is nothing below it.
    """
    status = _read(root, last)
    if as_json:
        typer.echo(json.dumps(_as_json(status), ensure_ascii=False))
        return
    console = Console(highlight=False)
    if status.runs:
        console.print(_runs_table(status))
    if status.nights:
        console.print(_nights_table(status.nights))
    if status.champion is not None:
        figures = "".join(f", {name} {value:.4f}" for name, value in status.champion_metrics.items())
        console.print(f"champion: version {status.champion}{figures}")
        console.print(f"versions pushed: {', '.join(map(str, status.versions))}")
    else:
        console.print("No version has been pushed yet.")
    for problem in status.problems:
        console.print(problem, style="red", markup=False, soft_wrap=True)


def _read(root: Path, last: int) -> DeploymentStatus:
    from pipeline.history import read_nights
    from pipeline.locations import Locations
    from pipeline.store import read_runs
    from pipeline.summary import read_summaries
    from serving.versions import list_versions

    locations = Locations(root)
    problems: list[str] = []
    runs = _unless_unreadable(lambda: read_runs(locations.metadata, last), problems) or []
    nights = _unless_unreadable(lambda: read_nights(locations.history), problems) or []
    summaries = _unless_unreadable(lambda: read_summaries(locations.summaries), problems) or {}
    versions = list_versions(locations.serving)
    if not runs and not nights and not versions and not problems:
        raise UserError(
            f"{root}: nothing has run here; start with `autoncf run --config NAME --root {root}`."
        )
    well_ended = {path.stem for path in locations.summaries.glob("*.json")}
    return DeploymentStatus(runs, summaries, nights[-last:], versions, well_ended, problems)


def _unless_unreadable(read: Callable[[], _Read], problems: list[str]) -> _Read | None:
    """A status is looked at when something is wrong: what is whole is shown in any case."""
    from pipeline.run_failed import RunFailed

    try:
        return read()
    except (UserError, RunFailed) as error:
        problems.append(str(error))
        return None


def _runs_table(status: DeploymentStatus) -> Table:
    shown = [status.summaries.get(run.run_id) for run in status.runs]
    names = sorted({name for summary in shown if summary for name in summary.metrics["test"]})
    table = Table(title="runs", title_justify="left")
    table.add_column("started", no_wrap=True)
    table.add_column("ended", overflow="fold")
    for name in names:
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("version", no_wrap=True)
    table.add_column("seconds", justify="right", no_wrap=True)
    for run, summary in zip(status.runs, shown, strict=True):
        started = run.run_id[:16].replace("T", " ")
        if summary is None:
            table.add_row(started, _ending(run, status.well_ended))
            continue
        ended = "well, searched" if summary.searched else "well"
        test = summary.metrics["test"]
        figures = (f"{test[name]:.4f}" if name in test else "" for name in names)
        table.add_row(started, ended, *figures, _version(summary), f"{summary.seconds['total']:.0f}")
    return table


def _version(summary: "Summary") -> str:
    if summary.pushed_version is not None:
        return str(summary.pushed_version)
    return "not pushed" if summary.blessed else "not blessed"


def _nights_table(nights: "Sequence[Night]") -> Table:
    table = Table(title="nights", title_justify="left")
    table.add_column("began", no_wrap=True)
    table.add_column("outcome", no_wrap=True)
    table.add_column("version", no_wrap=True)
    table.add_column("reason", overflow="fold")
    for night in nights:
        reason = "\n".join(filter(None, (night.reason, night.hook_failure)))
        table.add_row(
            f"{night.at.astimezone():%Y-%m-%d %H:%M}",
            Text(night.outcome, style=STYLES[night.outcome]),
            str(night.version or ""),
            Text(reason),
        )
    return table


def _ending(run: "Run", well_ended: Collection[str]) -> str:
    """Where a run is whose summary is not known: a killed component is remembered as running."""
    if run.run_id in well_ended:
        return "well"
    if not run.components:
        return "stopped"
    last = run.components[-1]
    return f"{'running or killed' if last.state == 'running' else 'stopped'} at {last.name}"


def _as_json(status: DeploymentStatus) -> dict[str, Any]:
    champion = {"version": status.champion, "metrics": status.champion_metrics}
    return {
        "runs": [_run_as_json(run, status) for run in status.runs],
        "nights": [night.model_dump(mode="json") for night in status.nights],
        "champion": None if status.champion is None else champion,
        "versions": status.versions,
        "problems": status.problems,
    }


def _run_as_json(run: "Run", status: DeploymentStatus) -> dict[str, Any]:
    summary = status.summaries.get(run.run_id)
    if summary is None:
        return {"run_id": run.run_id, "ended": _ending(run, status.well_ended)}
    told = ("run_id", "metrics", "champion", "blessed", "reasons", "pushed_version", "seconds", "search")
    return {**summary.model_dump(mode="json", include=set(told)), "ended": "well"}
