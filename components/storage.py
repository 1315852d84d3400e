"""Access to local files and those on `s3://` and `gs://` alike.

A folder of a store of objects is there as long as something is in it. What cannot be reached there raises
what `components.stores.reaching` raises.
"""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
from collections.abc import Iterator
from typing import BinaryIO

from components.stores import put_empty, reaching

_PIECE_BYTES = 1 << 22


def is_local(path: str) -> bool:
    """Whether `path` has no scheme such as `gs://`."""
    return "://" not in path


def join(folder: str, name: str) -> str:
    """Path of `name` inside `folder`; `/` separates also where the machine's own separator differs."""
    return folder.rstrip("/") + "/" + name


def open_bytes(path: str) -> BinaryIO:
    """Open a file for reading at any position."""
    if is_local(path):
        return open(path, "rb")
    with reaching(path) as store:
        return store.open(path, "rb")


def create_bytes(path: str) -> BinaryIO:
    """Open a file for writing, whatever is there, and make the folders it is in.

    On `s3://` at least one byte has to be written.
    """
    if is_local(path):
        os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
        return open(path, "wb")
    with reaching(path) as store:
        return store.open(path, "wb")


def read_text(path: str) -> str:
    """All of a file, as UTF-8."""
    with open_bytes(path) as content:
        return content.read().decode()


def write_text(path: str, text: str) -> None:
    """Write a file as UTF-8, and the folders it is in, whatever is there."""
    write_bytes(path, text.encode())


def write_bytes(path: str, content: bytes) -> None:
    """Write a file, and the folders it is in, whatever is there."""
    _write(path, iter([content]))


def checksum(path: str) -> str:
    """The checksum that a store keeps of a remote file; nothing is transferred."""
    with reaching(path) as store:
        return str(store.checksum(path))


def modified(path: str) -> float:
    """When a file was last written, in seconds since 1970 by the clock of where it is."""
    if is_local(path):
        return os.path.getmtime(path)
    with reaching(path) as store:
        return float(store.last_updated(path))


def exists(path: str) -> bool:
    """Whether `path` is a file or a folder."""
    if is_local(path):
        return os.path.exists(path)
    path = path.rstrip("/")
    is_bucket = path.count("/") == 2
    with reaching(path) as store:
        return (not is_bucket and store.exists(path)) or any(store.list_files(path + "/"))


def subfolders(folder: str) -> list[str]:
    """Names of the folders directly in `folder`, sorted; none if it is not there."""
    if not is_local(folder):
        return sorted({name.partition("/")[0] for name in _remote_sizes(folder) if "/" in name})
    if not os.path.isdir(folder):
        return []
    return sorted(entry.name for entry in os.scandir(folder) if entry.is_dir())


def files_below(folder: str) -> dict[str, int]:
    """Bytes of every file at any depth, by name relative to `folder`; none if it is not there."""
    if not is_local(folder):
        return {name: size for name, size in _remote_sizes(folder).items() if not name.endswith("/")}
    paths = [os.path.join(parent, name) for parent, _, names in os.walk(folder) for name in names]
    return {_relative(path, folder): os.path.getsize(path) for path in paths if os.path.isfile(path)}


def file_sizes(folder: str) -> dict[str, int]:
    """Bytes of every file in `folder` and in its direct subfolders, by name relative to it.

    A subfolder without a file is there as `name/` with 0 bytes, the way that stores of objects keep one.
    """
    if not is_local(folder):
        return {name: size for name, size in _remote_sizes(folder).items() if name.count("/") < 2}
    sizes = {}
    for entry in os.scandir(folder):
        files = [file for file in (os.scandir(entry.path) if entry.is_dir() else [entry]) if file.is_file()]
        for file in files:
            sizes[_relative(file.path, folder)] = file.stat().st_size
        if entry.is_dir() and not files:
            sizes[entry.name + "/"] = 0
    return sizes


def copy_file(source: str, target: str) -> None:
    """Copy a file, making the folders of the copy, over whatever is there."""
    with open_bytes(source) as content:
        _write(target, iter(lambda: content.read(_PIECE_BYTES), b""))


def copy_tree(source: str, target: str, last: str | None = None) -> None:
    """Copy all files below a folder; other files of the target stay.

    Args:
        source: folder, local or remote.
        target: folder, local or remote, made if missing.
        last: the file, by its name relative to `source`, that is copied after all others: who sees
            it sees all.

    Raises:
        FileNotFoundError: if there is no file in the source.
    """
    names = sorted(files_below(source), key=lambda name: (name == last, name))
    if not names:
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), source)
    for name in names:
        copy_file(join(source, name), join(target, name))


def remove_tree(folder: str, first: str | None = None) -> None:
    """Remove a folder with all below it, if it is there; of a link only the link.

    Args:
        folder: local or remote.
        first: the file, by its name relative to `folder`, that is removed before all others: who still
            sees it sees all.
    """
    if not is_local(folder):
        begin = None if first is None else join(folder, first)
        for path in sorted(_objects(folder), key=lambda path: path != begin):
            with reaching(path) as store:
                store.delete(path)
    elif os.path.islink(folder):
        os.unlink(folder)
    elif os.path.isdir(folder):
        if first is not None and os.path.lexists(join(folder, first)):
            os.unlink(join(folder, first))
        shutil.rmtree(folder)


def _write(path: str, pieces: Iterator[bytes]) -> None:
    first = next(pieces, b"")
    if not first and path.startswith("s3://"):
        put_empty(path)
        return
    told = contextlib.nullcontext() if is_local(path) else reaching(path)
    with told, create_bytes(path) as output:
        output.write(first)
        for piece in pieces:
            output.write(piece)


def _remote_sizes(folder: str) -> dict[str, int]:
    """Bytes of every object below `folder`, by name; those ending in `/` stand for folders."""
    root = join(folder, "")
    return {path[len(root) :]: size for path, size in _objects(folder).items() if path != root}


def _objects(folder: str) -> dict[str, int]:
    with reaching(folder) as store:
        return dict(store.list_files(join(folder, "")))


def _relative(path: str, folder: str) -> str:
    return os.path.relpath(path, folder).replace(os.sep, "/")
