"""Runs the pipeline on this machine."""

import datetime
import hashlib
import os
import time
from pathlib import Path

from rich.console import Console

from models.errors import UserError
from pipeline.champion import champion_model
from pipeline.config import Config
from pipeline.locations import Locations
from pipeline.run_failed import RunFailed
from pipeline.screen import ComponentScreen, output_to
from pipeline.summary import Summary
from schemas import schema_path

LAST_LINES = 15


def run_locally(config: Config, data: Path, root: Path, console: Console) -> Summary:
    """One run from the data to a pushed model; writes `summary.json` and a log file below `root`.

    Args:
        config: the choices.
        data: folder with the interactions.
        root: of the deployment; made if it is not there.
        console: told where the run goes; what follows is written to the same terminal.

    Raises:
        UserError: for bad data, a bad root, or a model that cannot be trained on it.
        RunFailed: for anything else, with the last lines of the log.
    """
    locations = Locations(root.resolve())
    _prepare(locations)
    log_file = locations.logs / f"{datetime.datetime.now():%Y-%m-%dT%H-%M-%S}.log"
    console.print(f"Running on {data} into {root}; the components' own logs go to {log_file}.", markup=False)
    with output_to(log_file) as screen:
        try:
            return _run(config, data.resolve(), locations, screen)
        except UserError:
            raise
        except Exception as error:
            raise RunFailed(_explain(error, log_file)) from error


def _prepare(locations: Locations) -> None:
    try:
        for folder in (locations.artifacts, locations.logs, locations.schemas, locations.serving):
            folder.mkdir(parents=True, exist_ok=True)
        probe = locations.logs / ".writable"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise UserError(
            f"--root {locations.root}: cannot be written ({error.strerror}); choose a folder that can."
        ) from None


def _run(config: Config, data: Path, locations: Locations, screen: Console) -> Summary:
    started = time.monotonic()
    champion = champion_model(locations)

    def describe_component(component: str) -> tuple[str, str]:
        return describe(read_runs(locations.metadata, last=1)[0], component)

    with ComponentScreen(screen, describe_component) as observer:
        observer.started("Loading TFX")
        from tfx import v1 as tfx

        from models.fusion import make_fusion
        from pipeline.descriptions import describe
        from pipeline.observed_runner import ObservedRunner
        from pipeline.pipeline import create_pipeline
        from pipeline.store import read_runs
        from pipeline.summary import summarize, write_summary

        for branch in config.structure.branches:
            make_fusion(branch)  # tells of a class that is no fusion before minutes have passed
        metadata = tfx.orchestration.metadata.sqlite_metadata_connection_config(str(locations.metadata))
        pipeline = create_pipeline(
            config,
            data=str(data),
            accepted_span=None,
            schema_file=_pinned_schema(config.schema_name, locations),
            span_schema_file="",
            artifacts=str(locations.artifacts),
            champion_model=None if champion is None else str(champion),
            push_destination=str(locations.serving),
            quarantine=str(locations.quarantine),
            metadata_connection_config=metadata,
        )
        ObservedRunner(observer).run(pipeline)
    summary = summarize(read_runs(locations.metadata, last=1)[0], config, time.monotonic() - started)
    write_summary(summary, locations.summary, locations.summaries)
    return summary


def _pinned_schema(name_or_path: str, locations: Locations) -> str:
    """A copy of the schema under its digest: the cache knows an imported schema by its path alone."""
    content = Path(schema_path(name_or_path)).read_bytes()
    path = locations.schemas / hashlib.sha256(content).hexdigest()[:16] / "schema.pbtxt"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return str(path)


def _explain(error: Exception, log_file: Path) -> str:
    lines = log_file.read_text(encoding="utf-8", errors="replace").splitlines()[-LAST_LINES:]
    return (
        "\n".join(lines)
        + f"\n\n{type(error).__name__}: {str(error).splitlines()[0] if str(error) else 'no message'}\n"
        + f"The run stopped; the whole log is {os.path.relpath(log_file)}. Run the same command again to go "
        "on from the last component that ended well."
    )
