"""After a run: what is too old to be of use goes."""

import shutil
from pathlib import Path

from ml_metadata import errors

from components.pusher.lock import hold_versions
from pipeline.housekeeping.leftovers import remove_leftovers
from pipeline.housekeeping.outputs import fail_unfinished, live_outputs, mark_deleted
from pipeline.housekeeping.retention import outputs_to_keep, runs_to_keep
from pipeline.housekeeping.settings import RetentionSettings
from pipeline.locations import MODEL_NAME, Locations
from pipeline.store import Context, open_store
from serving.errors import ServingError
from serving.versions import list_versions


def clean_up(locations: Locations, retention: RetentionSettings) -> list[str]:
    """Bounds the disk that a root uses, after a run that ended well or badly; the caller holds its lock.

    Artifacts, logs and pushed versions go by the retention policy; what a failed run left goes in any case,
    but for the search that was at work last, which the same command goes on with. Summaries, what searches
    found, the history and the metadata of all runs stay: ML Metadata can forget nothing, so its store grows
    with every run, by tens of kilobytes.

    Args:
        locations: of the deployment.
        retention: how much stays.

    Returns:
        what a person should know: a sentence each. What cannot be removed is told here too, and tried again
        after the next run: it makes a good run no bad one.
    """
    notes = []
    for part in (_clean_versions, _clean_runs, _clean_searches):
        try:
            notes += part(locations, retention)
        except (OSError, RuntimeError, ServingError, errors.StatusError) as error:
            notes.append(
                f"Old files of {locations.root} could not be removed ({error}); this is tried again after "
                "the next run."
            )
    return notes


def _clean_versions(locations: Locations, retention: RetentionSettings) -> list[str]:
    from components.pusher.retention import remove_old_versions

    with hold_versions(locations.serving):
        removed = remove_old_versions(locations.serving, retention.versions, _served(locations))
    for view in _folders(locations.champion):
        if not (locations.serving / view.name).is_dir():
            shutil.rmtree(view)
    numbers = ", ".join(map(str, sorted(removed)))
    return [f"Removed version {numbers} by retention.versions = {retention.versions}."] if removed else []


def _served(locations: Locations) -> set[int]:
    """What models.config has servers load, or names; a server without it loads the newest version alone."""
    from serving.model_config import read_model_config

    if not locations.models_config.exists():
        return set()
    source = read_model_config(locations.models_config, MODEL_NAME)
    return {*source.policy.choose(list_versions(locations.serving)), *source.labels.values()}


def _clean_runs(locations: Locations, retention: RetentionSettings) -> list[str]:
    if not locations.metadata.exists():
        return []
    store = open_store(locations.metadata)
    artifacts = locations.artifacts.resolve()
    runs = runs_to_keep(store, _well_ended(locations.summaries), retention.runs)
    present = live_outputs(store, artifacts)
    kept = outputs_to_keep(store, present, runs)
    # First what frees the disk, then what writes to it: a live artifact without files is found before a run.
    remove_leftovers(artifacts, {(outputs.component, outputs.execution_id) for outputs in kept})
    _remove_logs(locations.logs, runs)
    mark_deleted(store, [outputs for outputs in present if outputs not in kept])
    fail_unfinished(store)
    return []


def _clean_searches(locations: Locations, retention: RetentionSettings) -> list[str]:
    """On other data, or with another config, none of the older ones is gone on with."""
    unfinished = sorted(_folders(locations.unfinished_searches), key=lambda folder: folder.stat().st_mtime)
    for folder in unfinished[:-1]:
        shutil.rmtree(folder)
    return []


def _well_ended(summaries: Path) -> set[str]:
    return {path.stem for path in summaries.glob("*.json")}


def _remove_logs(logs: Path, runs: list[Context]) -> None:
    """Removes the logs that were written to for the last time before the first of these runs began."""
    if not runs:
        return
    # By the earliest time, for clocks go back too.
    began = min(run.create_time_since_epoch for run in runs) / 1000
    for log in logs.glob("*.log"):
        if log.stat().st_mtime < began:
            log.unlink()


def _folders(parent: Path) -> list[Path]:
    return [path for path in parent.iterdir() if path.is_dir()] if parent.is_dir() else []
