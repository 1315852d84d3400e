"""Version folders of a model server: `base/<number>/saved_model.pb`, the largest number is served.

A push copies the model into a staging folder beside the versions, whose name no server tries, replaces the
files that it is told to, adds a record of the contents that the model came with, makes the disk keep all of
it, and renames the folder to its number. So a push that is killed at any point leaves either no new version
or a whole one, and the next push removes what was staged and finds by the record whether a whole version of
the same model is there. One push at a time may work in a base folder (`components.pusher.lock`).

A rename on an object store ("scheme://…") is a copy of one file after the other. There the model is copied
straight into its numeric folder, `saved_model.pb` last: a server may try the folder before and log an error,
but loads it only once that file is there, and a folder that never got it is removed by a push a day later.
Such stores have no locks: that runs which push do not overlap is left to whoever starts them.

A version that a rollback withdrew (`components.pusher.withdrawal`) keeps its number, and its model is never
pushed again.
"""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import MappingProxyType

from components import storage
from components.pusher.layout import RECORD_FILE, STAGING_FOLDER, WITHDRAWN_FOLDER, flush, flush_tree
from serving.versions import SAVED_MODEL, list_versions

_CHUNK_BYTES = 1 << 20
_LONGEST_PUSH_SECONDS = 24 * 3600


class NotPushed(Exception):
    """Why a model became no version: what a rollback did before stands."""


def whole_versions(base_directory: str) -> list[int]:
    """Numbers of the versions that hold a SavedModel, newest first; a store of objects is listed once."""
    if storage.is_local(base_directory):
        return list_versions(Path(base_directory))[::-1]
    names = (name.partition("/") for name in storage.files_below(base_directory))
    return _as_versions(folder for folder, _, name in names if name == SAVED_MODEL)


def newest_version(base_directory: str) -> int | None:
    """The first of `whole_versions`, or None when there is none."""
    return next(iter(whole_versions(base_directory)), None)


def version_numbers(base_directory: str) -> list[int]:
    """Names of the folders that are numbers, newest first, whether or not a whole model lies in them."""
    return _as_versions(storage.subfolders(base_directory))


def push_version(
    model_path: str,
    base_directory: str,
    replaced: Mapping[str, bytes] = MappingProxyType({}),
    compared_with: int | None = None,
) -> int:
    """Makes the model the latest version; if it is already, leaves everything as it is.

    Args:
        model_path: folder of a SavedModel.
        base_directory: folder of the versions, made if missing.
        replaced: contents by name relative to the model, of files that the version holds instead of the
            model's own; they do not make it another model.
        compared_with: the version that the model was found to be no worse than, if there was one.

    Returns:
        the version's number: seconds since 1970, or one more than the largest number that any version has or
        had, if that is larger.

    Raises:
        NotPushed: if it is not the latest version's model but a withdrawn one's, or the latest version is
            not the one that the model was compared with.
    """
    if storage.is_local(base_directory):
        os.makedirs(base_directory, exist_ok=True)
    _remove_leftovers(base_directory)
    digest = _digest(model_path)
    added = {**replaced, RECORD_FILE: digest.encode()}
    latest = newest_version(base_directory)
    if latest is not None and _recorded_digest(base_directory, latest) == digest:
        return latest
    withdrawn_directory = storage.join(base_directory, WITHDRAWN_FOLDER)
    withdrawn = version_numbers(withdrawn_directory)
    for number in reversed(withdrawn):
        if _recorded_digest(withdrawn_directory, number) == digest:
            raise NotPushed(f"this model was withdrawn as version {number}")
    if compared_with not in (None, latest):
        raise NotPushed(
            f"this model was compared with version {compared_with}, and the champion is {latest or 'none'} "
            "now; run again to compare it with that"
        )
    taken = [*version_numbers(base_directory), *withdrawn]
    version = max(max(taken, default=0) + 1, int(time.time()))
    destination = storage.join(base_directory, str(version))
    if _renames_at_once(base_directory):
        staging = storage.join(base_directory, STAGING_FOLDER)
        _copy_model(model_path, staging, added)
        flush_tree(staging)
        os.rename(staging, destination)
        flush(base_directory)
    else:
        _copy_model(model_path, destination, added)
    return version


def _renames_at_once(base_directory: str) -> bool:
    return storage.is_local(base_directory)


def _as_versions(names: Iterable[str]) -> list[int]:
    return sorted((int(name) for name in names if name.isascii() and name.isdecimal()), reverse=True)


def _remove_leftovers(base_directory: str) -> None:
    if _renames_at_once(base_directory):
        storage.remove_tree(storage.join(base_directory, STAGING_FOLDER))
        return
    whole = whole_versions(base_directory)
    for version in version_numbers(base_directory):
        # A younger one may be that of another run, whose last file is still to come.
        if version not in whole and version < time.time() - _LONGEST_PUSH_SECONDS:
            storage.remove_tree(storage.join(base_directory, str(version)))


def _copy_model(model_path: str, destination: str, added: Mapping[str, bytes]) -> None:
    """Copies a model and writes files into the copy; the file that makes it a model comes last."""
    for name in sorted(storage.files_below(model_path)):
        if name not in added and name != SAVED_MODEL:
            storage.copy_file(storage.join(model_path, name), storage.join(destination, name))
    for name, contents in added.items():
        storage.write_bytes(storage.join(destination, name), contents)
    storage.copy_file(storage.join(model_path, SAVED_MODEL), storage.join(destination, SAVED_MODEL))


def _recorded_digest(base_directory: str, version: int) -> str | None:
    record = storage.join(base_directory, f"{version}/{RECORD_FILE}")
    return storage.read_text(record) if storage.exists(record) else None


def _digest(model_path: str) -> str:
    """SHA-256 over names, sizes and contents of all files of a model."""
    total = hashlib.sha256()
    for name in sorted(storage.files_below(model_path)):
        contents = hashlib.sha256()
        with storage.open_bytes(storage.join(model_path, name)) as file:
            while chunk := file.read(_CHUNK_BYTES):
                contents.update(chunk)
        total.update(f"{name}\0{contents.hexdigest()}\n".encode())
    return total.hexdigest()
