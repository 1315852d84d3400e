"""Access to local and remote files alike."""

import os
from typing import BinaryIO

from apache_beam.io.filesystem import CompressionTypes
from apache_beam.io.filesystems import FileSystems


def is_local(path: str) -> bool:
    """Whether `path` has no scheme such as `gs://`."""
    return "://" not in path


def join(folder: str, name: str) -> str:
    """Path of `name` inside `folder`; `/` separates also where the machine's own separator differs."""
    return folder.rstrip("/") + "/" + name


def open_bytes(path: str) -> BinaryIO:
    """Open a file for reading at any position."""
    return FileSystems.open(path, compression_type=CompressionTypes.UNCOMPRESSED)


def create_bytes(path: str) -> BinaryIO:
    """Open a file for writing, whatever is there."""
    return FileSystems.create(path, compression_type=CompressionTypes.UNCOMPRESSED)


def file_sizes(folder: str) -> dict[str, int]:
    """Bytes of every file in `folder` and in its direct subfolders, by name relative to it.

    A subfolder without a file is there as `name/` with 0 bytes, the way that stores of objects keep one.

    Local folders are listed by the operating system: Beam would walk the whole tree below.
    """
    if not is_local(folder):
        root = folder.rstrip("/") + "/"
        matches = FileSystems.match([root + "*", root + "*/*"])
        return {
            found.path[len(root) :]: found.size_in_bytes for match in matches for found in match.metadata_list
        }
    sizes = {}
    for entry in os.scandir(folder):
        files = [file for file in (os.scandir(entry.path) if entry.is_dir() else [entry]) if file.is_file()]
        for file in files:
            sizes[os.path.relpath(file.path, folder).replace(os.sep, "/")] = file.stat().st_size
        if entry.is_dir() and not files:
            sizes[entry.name + "/"] = 0
    return sizes
