"""Before a run: whatever earlier runs left half-done is taken back."""

import shutil
from pathlib import Path

from ml_metadata import metadata_store as mlmd

from components.pusher.layout import STAGING_FOLDER
from pipeline.housekeeping.leftovers import remove_leftovers
from pipeline.housekeeping.manifest import is_whole
from pipeline.housekeeping.metadata_file import make_sound
from pipeline.housekeeping.outputs import (
    Outputs,
    fail_unfinished,
    live_outputs,
    mark_deleted,
    strayed_outputs,
)
from pipeline.locations import Locations
from pipeline.store import open_store


def prepare_root(locations: Locations) -> list[str]:
    """Makes a root sound, whatever happened to earlier runs; the caller holds its lock.

    A damaged metadata store is set aside. Executions that were killed become failed ones, what they wrote is
    removed, and so are artifacts that are not whole, which the cache would answer with otherwise. In a root
    that was moved or copied, what the store knows lies elsewhere: nothing of that is used any more.

    Args:
        locations: of the deployment.

    Returns:
        what a person should know: a sentence each.

    Raises:
        RunFailed: if the metadata store cannot be used.
    """
    note = make_sound(locations.metadata)
    notes = [] if note is None else [note]
    store = open_store(locations.metadata) if locations.metadata.exists() else None
    artifacts = locations.artifacts.resolve()
    notes += [] if store is None else _forget_other_roots(store, artifacts)
    notes += _discard_what_is_not_whole(store, artifacts)
    _remove_staged_version(locations.serving)
    return notes


def _forget_other_roots(store: mlmd.MetadataStore, artifacts: Path) -> list[str]:
    """A resolver would answer with what is elsewhere, and fail, or read another root's."""
    strayed = strayed_outputs(store, artifacts)
    mark_deleted(store, strayed)
    roots = ", ".join(sorted({str(outputs.root.parent) for outputs in strayed}))
    sentence = (
        f"{artifacts.parent} was moved or copied from {roots}, where its metadata store has everything: "
        "nothing is answered from the cache, and drift is not measured this once; the pushed versions are as "
        "they were."
    )
    return [sentence] if strayed else []


def _discard_what_is_not_whole(store: mlmd.MetadataStore | None, artifacts: Path) -> list[str]:
    present = [] if store is None else live_outputs(store, artifacts)
    whole = [outputs for outputs in present if _is_whole(outputs, artifacts)]
    # First what frees the disk, then what writes to it.
    if artifacts.is_dir():
        remove_leftovers(artifacts, {(outputs.component, outputs.execution_id) for outputs in whole})
    if store is None:
        return []
    fail_unfinished(store)
    broken = [outputs for outputs in present if outputs not in whole]
    mark_deleted(store, broken)
    names = sorted({outputs.component for outputs in broken})
    return (
        [f"Removed what is not whole of {', '.join(names)}; it is made again if need be."] if broken else []
    )


def _is_whole(outputs: Outputs, artifacts: Path) -> bool:
    return is_whole(artifacts / outputs.component, outputs.execution_id) and all(
        Path(artifact.uri).exists() for artifact in outputs.artifacts.values()
    )


def _remove_staged_version(serving: Path) -> None:
    if (serving / STAGING_FOLDER).exists():
        shutil.rmtree(serving / STAGING_FOLDER)
