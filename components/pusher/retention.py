"""Removing old versions, so that the disk does not fill up."""

from __future__ import annotations

import os
import shutil
from collections.abc import Collection
from pathlib import Path

from components.pusher.layout import RECORD_FILE, REMOVED_FOLDER, WITHDRAWN_FOLDER, flush
from components.pusher.withdrawal import list_withdrawn
from serving.versions import SAVED_MODEL, list_versions, version_folders


def remove_old_versions(base: Path, keep: int, protected: Collection[int]) -> list[int]:
    """Removes all but the newest versions.

    A withdrawn version goes once it is older than every version that is kept as one of the newest, or not
    among the newest `keep` of the withdrawn; its number and the digest of its model stay, so that neither is
    pushed again. What lies on another disk, with a link to it in the base folder, stays there: the link goes.
    If this is killed in between, calling it again finishes the work. The caller holds the versions
    (`components.pusher.lock`).

    Args:
        base: local folder of the versions; need not exist.
        keep: how many of the newest versions stay, at least 1: the champion always does.
        protected: versions that stay however old they are, such as those with a label.

    Returns:
        the versions that are gone, withdrawn ones among them, oldest first.

    Raises:
        ValueError: if `keep` is below 1.
    """
    if keep < 1:
        raise ValueError(f"keep is at least 1: the champion stays. Received: {keep}")
    _empty(base)
    versions, withdrawn = list_versions(base), list_withdrawn(base)
    kept = versions[-keep:]
    old = [version for version in versions if version not in kept and version not in protected]
    old_withdrawn = [
        version
        for version in withdrawn
        if version not in protected and (version < min(kept, default=0) or version not in withdrawn[-keep:])
    ]
    for version in old:
        _remove_version(base, version)
    for version, folder in version_folders(base / WITHDRAWN_FOLDER).items():
        if version in old_withdrawn or version not in withdrawn:  # the latter: what an earlier call left
            _leave_only_record(base, folder)
    return sorted([*old, *old_withdrawn])


def _remove_version(base: Path, version: int) -> None:
    """In one step for a server that looks at the folder meanwhile."""
    removed = base / REMOVED_FOLDER
    removed.mkdir(exist_ok=True)
    os.rename(base / str(version), removed / str(version))
    _empty(base)


def _empty(base: Path) -> None:
    if (base / REMOVED_FOLDER).exists():
        shutil.rmtree(base / REMOVED_FOLDER)


def _leave_only_record(base: Path, folder: Path) -> None:
    if folder.is_symlink():
        _replace_link(base, folder)
        return
    (folder / SAVED_MODEL).unlink(missing_ok=True)  # first: from now on it can not be brought back
    for path in sorted(folder.rglob("*"), reverse=True):  # what is in a folder before the folder
        if path.is_file() and path != folder / RECORD_FILE:
            path.unlink()
        elif path.is_dir() and not any(path.iterdir()):
            path.rmdir()


def _replace_link(base: Path, link: Path) -> None:
    """By a folder with the record alone, made whole beforehand."""
    folder = base / REMOVED_FOLDER / link.name
    (folder / RECORD_FILE).parent.mkdir(parents=True)
    if (link / RECORD_FILE).is_file():
        shutil.copyfile(link / RECORD_FILE, folder / RECORD_FILE)
        flush(folder / RECORD_FILE)
    link.unlink()
    os.rename(folder, link)
