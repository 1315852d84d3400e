"""Taking versions away from the servers, and bringing them back: `base/.withdrawn/<number>/`.

Servers try numeric folders right below the base folder, so a rename is all it takes. A withdrawn version
keeps its number: no later push gets it, and its model is not pushed again.
"""

from __future__ import annotations

import os
from pathlib import Path

from components.pusher.layout import WITHDRAWN_FOLDER, flush, remove_folder
from serving.versions import list_versions, version_folders


def list_withdrawn(base: Path) -> list[int]:
    """Withdrawn versions that can come back, oldest first; not those whose model was removed since."""
    return list_versions(base / WITHDRAWN_FOLDER)


def move_champion(base: Path, version: int) -> list[int]:
    """Makes a version the newest: withdraws the newer ones, and brings it back if it is withdrawn itself.

    The newest one goes last, so that servers see the champion change once. If this is killed in between,
    calling it again finishes the work. The caller holds the versions (`components.pusher.lock`).

    Args:
        base: local folder of the versions.
        version: number of the version to serve.

    Returns:
        the versions that were withdrawn, oldest first.

    Raises:
        LookupError: if no model is there under this number, nor among the withdrawn ones.
    """
    bring_back(base, version)
    newer = sorted(number for number in version_folders(base) if number > version)
    withdrawn = base / WITHDRAWN_FOLDER
    for number in newer:
        withdrawn.mkdir(exist_ok=True)
        _move(base / str(number), withdrawn / str(number))
    return newer


def bring_back(base: Path, version: int) -> None:
    """Lets servers see a version again; nothing happens if they do.

    Raises:
        LookupError: as `move_champion`.
    """
    if version in list_versions(base):
        return
    if version not in list_withdrawn(base):
        raise LookupError(f"{base}: there is no version {version}, nor was one withdrawn.")
    _move(base / WITHDRAWN_FOLDER / str(version), base / str(version))


def _move(source: Path, destination: Path) -> None:
    if os.path.lexists(destination):  # a copy made by hand: no number is given twice
        remove_folder(destination)
    if source.is_symlink():  # to another disk; where a relative one leads depends on the folder it is in
        destination.symlink_to(source.resolve())
        source.unlink()
    else:
        os.rename(source, destination)
    flush(destination.parent)
    flush(source.parent)
