"""Runs the pipeline on this machine."""

import datetime
import hashlib
import os
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console

from models.errors import UserError
from pipeline.champion import champion_model
from pipeline.config import Config
from pipeline.earlier_runs import champion_test_from, recall
from pipeline.housekeeping.explanation import explain_error
from pipeline.locations import Locations
from pipeline.pinned import pinned_config
from pipeline.run_failed import RunFailed
from pipeline.run_lock import hold
from pipeline.screen import ComponentScreen, output_to
from pipeline.searches import remove_unfinished, save_search
from pipeline.starting_points import left_out_of_search
from pipeline.summary import Summary, read_summaries
from schemas import schema_path, span_schema_path

if TYPE_CHECKING:
    from tfx import v1 as tfx

    from components.ingest.delivery import Delivery

LAST_LINES = 15


def run_locally(config: Config, data: Path, root: Path, console: Console) -> Summary:
    """One run from the data to a pushed model; writes `summary.json` and a log file below `root`.

    Before it, what earlier runs left half-done is taken back; after it, what is older than `config.retention`
    keeps is removed.

    Args:
        config: the choices.
        data: folder with the interactions.
        root: of the deployment; made if it is not there.
        console: told where the run goes; what follows is written to the same terminal.

    Raises:
        UserError: for bad data, or a model that cannot be trained on it.
        RootIsBusy: if another process is changing the root.
        RunFailed: for anything else, such as a root that cannot be written, with the last lines of the log.
    """
    locations = Locations(root.resolve())
    _make_folders(locations)
    log_file = locations.logs / f"{datetime.datetime.now():%Y-%m-%dT%H-%M-%S}.log"
    with hold(locations, "autoncf run"):
        console.print(
            f"Running on {data} into {root}; the components' own logs go to {log_file}.", markup=False
        )
        with output_to(log_file) as screen:
            try:
                return _run(config, data.resolve(), locations, screen)
            except (UserError, RunFailed):
                raise
            except Exception as error:
                raise RunFailed(_explain(error, log_file)) from error


def _make_folders(locations: Locations) -> None:
    try:
        for folder in (locations.artifacts, locations.logs, locations.schemas, locations.serving):
            folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=locations.logs):
            pass
    except OSError as error:
        # A file in the way is a mistake of the command's; what else there is may be mended by the next try.
        kind = UserError if isinstance(error, NotADirectoryError | FileExistsError) else RunFailed
        raise kind(
            explain_error(error)
            or f"--root {locations.root}: cannot be written ({error.strerror}); choose a folder that can."
        ) from None


def _run(config: Config, data: Path, locations: Locations, screen: Console) -> Summary:
    started = time.monotonic()

    def ended(component: str) -> tuple[str, str]:
        run = read_runs(locations.metadata, last=1)[0]
        if component == "Tuner":  # at once: what was found stays, whatever becomes of the rest of the run
            results = str(run.output_uri(component, "tuner_results"))
            save_search(results, str(locations.searches), run.run_id)
            remove_unfinished(results, str(locations.unfinished_searches))
        return describe(run, component)

    config = pinned_config(config, str(locations.searches))
    with ComponentScreen(screen, ended) as observer:
        observer.started("Loading TFX")
        from models.fusion import make_fusion
        from pipeline.descriptions import describe
        from pipeline.housekeeping.cleaning import clean_up
        from pipeline.housekeeping.preparation import prepare_root
        from pipeline.observed_runner import ObservedRunner
        from pipeline.store import read_runs
        from pipeline.summary import summarize, write_summary

        # After TFX: a Beam imported before TensorFlow outlives it, with the models that it has cached.
        from components.ingest.delivery import read_delivery  # isort: skip

        observer.started("Looking at the data")
        delivery = read_delivery(str(data), config.data)
        _say(screen, _remarks(delivery, config))
        for branch in config.structure.branches:
            make_fusion(branch)  # tells of a class that is no fusion before minutes have passed
        try:
            _say(screen, prepare_root(locations))
            ObservedRunner(observer).run(_pipeline(config, data, delivery, locations))
            run = read_runs(locations.metadata, last=1)[0]
            summary = summarize(run, config, time.monotonic() - started)
            write_summary(summary, locations.summary, locations.summaries)
        finally:
            _say(screen, clean_up(locations, config.retention))
    return summary


def _pipeline(config: Config, data: Path, delivery: "Delivery", locations: Locations) -> "tfx.dsl.Pipeline":
    from tfx.orchestration.metadata import sqlite_metadata_connection_config

    from pipeline.pipeline import create_pipeline

    champion = champion_model(locations)
    earlier = recall(
        read_summaries(locations.summaries).values(),
        delivery.contents,
        champion_test_from(str(locations.serving), delivery.contents),
    )
    return create_pipeline(
        config,
        data=str(data),
        earlier=earlier,
        schema_file=_pinned(schema_path(config.schema_name), locations),
        span_schema_file=_pinned(span_schema_path(config.span_schema_file), locations),
        artifacts=str(locations.artifacts),
        champion_model=None if champion is None else str(champion),
        push_destination=str(locations.serving),
        quarantine=str(locations.quarantine),
        search_dir=str(locations.unfinished_searches),
        metadata_connection_config=sqlite_metadata_connection_config(str(locations.metadata)),
    )


def _remarks(delivery: "Delivery", config: Config) -> list[str]:
    remarks = [f"{span} has no rows and is passed over." for span in delivery.empty]
    remarks += [f"{span} waits for _SUCCESS and is passed over." for span in delivery.waiting]
    left_out = left_out_of_search(config)
    return remarks if left_out is None else [*remarks, left_out]


def _pinned(schema: str, locations: Locations) -> str:
    """A copy of the schema under its digest: the cache knows an imported schema by its path alone."""
    content = Path(schema).read_bytes()
    path = locations.schemas / hashlib.sha256(content).hexdigest()[:16] / "schema.pbtxt"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return str(path)


def _say(screen: Console, notes: list[str]) -> None:
    for note in notes:
        screen.print(note, style="dim", markup=False, soft_wrap=True)


def _explain(error: Exception, log_file: Path) -> str:
    known = explain_error(error)
    if known is not None:
        return f"{known} The whole log is {os.path.relpath(log_file)}."
    lines = log_file.read_text(encoding="utf-8", errors="replace").splitlines()[-LAST_LINES:]
    return (
        "\n".join(lines)
        + f"\n\n{type(error).__name__}: {str(error).splitlines()[0] if str(error) else 'no message'}\n"
        + f"The run stopped; the whole log is {os.path.relpath(log_file)}. Run the same command again to go "
        "on from the last component that ended well."
    )
