"""Version folders of a model server: `base/<number>/saved_model.pb`, the largest number is served.

A push copies the model into a staging folder beside the versions, whose name no server tries, replaces the
files that it is told to, adds a record of the contents that the model came with, makes the disk keep all of
it, and renames the folder to its number. So a push that is killed at any point leaves either no new version
or a whole one, and the next push removes what was staged and finds by the record whether a whole version of
the same model is there. One push at a time may work in a base folder (`components.pusher.lock`).

A rename on an object store ("scheme://…") is a copy of one file after the other. There the model is copied
straight into its numeric folder, `saved_model.pb` last: a server may try the folder before and log an error,
but loads it only once that file is there, and a folder that never got it is removed by the next push.

A version that a rollback withdrew (`components.pusher.withdrawal`) keeps its number, and its model is never
pushed again.
"""

from __future__ import annotations

import hashlib
import os
import re
import time
from collections.abc import Iterator, Mapping
from types import MappingProxyType

from tfx.dsl.io import fileio
from tfx.utils import io_utils

from components.pusher.layout import RECORD_FILE, STAGING_FOLDER, WITHDRAWN_FOLDER, flush
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
    fileio.makedirs(base_directory)
    _remove_leftovers(base_directory)
    digest = _digest(model_path)
    added = {**replaced, RECORD_FILE: digest.encode()}
    versions = list(_versions(base_directory))
    latest = max((version for version in versions if _is_model(base_directory, version)), default=None)
    if latest is not None and _recorded_digest(os.path.join(base_directory, str(latest))) == digest:
        return latest
    withdrawn_directory = os.path.join(base_directory, WITHDRAWN_FOLDER)
    withdrawn = sorted(_versions(withdrawn_directory))
    for number in withdrawn:
        if _recorded_digest(os.path.join(withdrawn_directory, str(number))) == digest:
            raise NotPushed(f"this model was withdrawn as version {number}")
    if compared_with not in (None, latest):
        raise NotPushed(
            f"this model was compared with version {compared_with}, and the champion is {latest or 'none'} "
            "now; run again to compare it with that"
        )
    version = max(max([*versions, *withdrawn], default=0) + 1, int(time.time()))
    destination = os.path.join(base_directory, str(version))
    if _renames_at_once(base_directory):
        staging = os.path.join(base_directory, STAGING_FOLDER)
        _copy_model(model_path, staging, added)
        _flush_folder_tree(staging)
        fileio.rename(staging, destination)
        flush(base_directory)
    else:
        _copy_model(model_path, destination, added)
    return version


def _renames_at_once(base_directory: str) -> bool:
    return "://" not in base_directory


def _versions(base_directory: str) -> Iterator[int]:
    if not fileio.exists(base_directory):
        return
    for name in fileio.listdir(base_directory):
        folder = str(name).rstrip("/")
        if folder.isascii() and folder.isdecimal():
            yield int(folder)


def _is_model(base_directory: str, version: int) -> bool:
    return bool(fileio.exists(os.path.join(base_directory, str(version), SAVED_MODEL)))


def _remove_leftovers(base_directory: str) -> None:
    staging = os.path.join(base_directory, STAGING_FOLDER)
    if fileio.exists(staging):
        fileio.rmtree(staging)
    if _renames_at_once(base_directory):
        return
    for version in list(_versions(base_directory)):
        if not _is_model(base_directory, version):
            fileio.rmtree(os.path.join(base_directory, str(version)))


def _copy_model(model_path: str, destination: str, added: Mapping[str, bytes]) -> None:
    """Copies a model and writes files into the copy; the file that makes it a model comes last."""
    model_file = os.path.join(model_path, SAVED_MODEL)
    io_utils.copy_dir(model_path, destination, deny_regex_patterns=[f"^{re.escape(model_file)}$"])
    for name, contents in added.items():
        path = os.path.join(destination, name)
        fileio.makedirs(os.path.dirname(path))
        with fileio.open(path, "wb") as file:
            file.write(contents)
    fileio.copy(model_file, os.path.join(destination, SAVED_MODEL))


def _recorded_digest(version_folder: str) -> str | None:
    record = os.path.join(version_folder, RECORD_FILE)
    if not fileio.exists(record):
        return None
    with fileio.open(record, "r") as file:
        return file.read()


def _digest(model_path: str) -> str:
    """SHA-256 over names, sizes and contents of all files of a model."""
    total = hashlib.sha256()
    for path in sorted(_files(model_path)):
        contents = hashlib.sha256()
        with fileio.open(path, "rb") as file:
            while chunk := file.read(_CHUNK_BYTES):
                contents.update(chunk)
        total.update(f"{os.path.relpath(path, model_path)}\0{contents.hexdigest()}\n".encode())
    return total.hexdigest()


def _files(folder: str) -> Iterator[str]:
    for parent, _, names in fileio.walk(folder):
        for name in names:
            yield os.path.join(str(parent), str(name))


def _flush_folder_tree(folder: str) -> None:
    """Makes the disk keep a folder and all in it, so that no rename outlives the files it is about."""
    for parent, _, names in fileio.walk(folder):
        for name in names:
            flush(os.path.join(str(parent), str(name)))
        flush(str(parent))
