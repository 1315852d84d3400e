"""Keeps a local base folder of versions (`serving.versions`) as one in a store of objects is.

TensorFlow Serving reads no `s3://`, and a store of objects shows a version while it is still being written. A
mirror has whole versions alone, so that servers may look at it at any time:

    python -m components.pusher.mirror s3://bucket/recommender/serving/recommender /models/recommender

Killed at any point, it leaves no half version, and another call finishes the work. One call at a time may
work in a folder.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from components import storage
from components.pusher.layout import REMOVED_FOLDER, STAGING_FOLDER, flush, flush_tree, remove_folder
from components.pusher.versions import whole_versions
from models.errors import UserError
from serving.versions import version_folders

KEPT_VERSIONS = 5
"""How many of the newest versions a mirror holds: a store keeps every version there ever was."""


def mirror_versions(source: str, base: Path, keep: int = KEPT_VERSIONS) -> tuple[list[int], list[int]]:
    """Copies the newest versions that the mirror lacks, then removes what is not among them.

    Args:
        source: base folder of the versions, usually `s3://…` or `gs://…`. A version counts once its
            `saved_model.pb` is there, which a push writes last.
        base: local folder of the mirror, made if missing.
        keep: how many versions the mirror holds, at least 1.

    Returns:
        the versions that were copied and those that were removed, each newest first.

    Raises:
        UserError: if there is no version in the source, or it cannot be reached; the mirror stays as it is.
    """
    wanted = whole_versions(source)[:keep]
    if not wanted:
        raise UserError(f"{source}: holds no version of a model; push one there, or name another folder")
    base.mkdir(parents=True, exist_ok=True)
    _remove_leftovers(base)
    there = version_folders(base)
    copied = [version for version in wanted if version not in there]
    for version in copied:  # the newest first: it is the one that answers
        _copy_version(storage.join(source, str(version)), base, version)
    removed = [version for version in there if version not in wanted]
    for version in removed:
        _remove_version(base, version)
    return copied, removed


def _copy_version(source: str, base: Path, version: int) -> None:
    staging = base / STAGING_FOLDER
    storage.copy_tree(source, str(staging))
    flush_tree(staging)
    os.rename(staging, base / str(version))
    flush(base)


def _remove_version(base: Path, version: int) -> None:
    """In one step for a server that looks at the folder meanwhile."""
    os.rename(base / str(version), base / REMOVED_FOLDER)
    remove_folder(base / REMOVED_FOLDER)


def _remove_leftovers(base: Path) -> None:
    for name in (STAGING_FOLDER, REMOVED_FOLDER):
        if os.path.lexists(base / name):
            remove_folder(base / name)


def main(arguments: Sequence[str] | None = None) -> int:
    """The command: says what changed, and what went wrong in one sentence."""
    parser = argparse.ArgumentParser(
        prog="python -m components.pusher.mirror",
        description="Keeps a local folder of versions as one in a store of objects is.",
    )
    parser.add_argument(
        "source", help="folder of the versions, as s3://bucket/recommender/serving/recommender"
    )
    parser.add_argument("base", type=Path, help="local folder that a model server reads")
    parser.add_argument(
        "--keep", type=_positive, default=KEPT_VERSIONS, help="how many of the newest to hold (%(default)s)"
    )
    options = parser.parse_args(arguments)
    try:
        copied, removed = mirror_versions(options.source, options.base, options.keep)
    except UserError as error:
        print(error, file=sys.stderr)
        return 2
    print(f"copied {copied or 'nothing'}, removed {removed or 'nothing'}")
    return 0


def _positive(text: str) -> int:
    if not text.isdecimal() or not int(text):
        raise argparse.ArgumentTypeError(f"{text} is no positive number")
    return int(text)


if __name__ == "__main__":
    sys.exit(main())
