"""Version folders of a model server: `base/<number>/saved_model.pb`, the largest number is served.

A push copies the model into a staging folder beside the versions, whose name no server tries, replaces the
files that it is told to, adds a record of the contents that the model came with, makes the disk keep all of
it, and renames the folder to its number. So a push that is killed at any point leaves either no new version
or a whole one, and the next push removes what was staged and finds by the record whether a whole version of
the same model is there. One push at a time may work in a base folder (`components.pusher.lock`).

A rename on an object store ("scheme://…") is a copy of one file after the other. There the model is copied
straight into its numeric folder, `saved_model.pb` last: a server may try the folder before and log an error,
but loads it only once that file is there, and a folder that never got it is removed by the next push. Such
stores have no locks: that runs which push do not overlap is left to whoever starts them.

A version that a rollback withdrew (`components.pusher.withdrawal`) keeps its number, and its model is never
pushed again.
"""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Mapping
from types import MappingProxyType

from components import storage
from components.pusher.layout import RECORD_FILE, STAGING_FOLDER, WITHDRAWN_FOLDER, flush, flush_tree
from serving.versions import SAVED_MODEL

_CHUNK_BYTES = 1 << 20


class NotPushed(Exception):
    """Why a model became no version: what a rollback did before stands."""


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
    versions = _versions(base_directory)
    latest = next((version for version in versions if _is_model(base_directory, version)), None)
    if latest is not None and _recorded_digest(base_directory, latest) == digest:
        return latest
    withdrawn_directory = storage.join(base_directory, WITHDRAWN_FOLDER)
    withdrawn = _versions(withdrawn_directory)
    for number in reversed(withdrawn):
        if _recorded_digest(withdrawn_directory, number) == digest:
            raise NotPushed(f"this model was withdrawn as version {number}")
    if compared_with not in (None, latest):
        raise NotPushed(
            f"this model was compared with version {compared_with}, and the champion is {latest or 'none'} "
            "now; run again to compare it with that"
        )
    version = max(max([*versions, *withdrawn], default=0) + 1, int(time.time()))
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


def _versions(base_directory: str) -> list[int]:
    """Newest first."""
    folders = storage.subfolders(base_directory)
    return sorted((int(name) for name in folders if name.isascii() and name.isdecimal()), reverse=True)


def _is_model(base_directory: str, version: int) -> bool:
    return storage.exists(storage.join(base_directory, f"{version}/{SAVED_MODEL}"))


def _remove_leftovers(base_directory: str) -> None:
    if _renames_at_once(base_directory):
        storage.remove_tree(storage.join(base_directory, STAGING_FOLDER))
        return
    files = storage.files_below(base_directory)
    for version in _versions(base_directory):
        if f"{version}/{SAVED_MODEL}" not in files:
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
