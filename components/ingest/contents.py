"""What stands in the files, as digests."""

import hashlib
from collections.abc import Iterable

from components import storage
from components.ingest.data_file import DataFile

_PIECE = 1 << 22


def contents_of(files: Iterable[DataFile]) -> dict[str, str]:
    """Digest of every file by its name relative to the folder; each local file is read once, in pieces."""
    return {file.name: _digest(file) for file in files}


def _digest(file: DataFile) -> str:
    """Digest of the content; of a remote file the checksum that its store keeps, without a transfer."""
    if not storage.is_local(file.path):
        return storage.checksum(file.path)
    digest = hashlib.blake2b(digest_size=16)
    with open(file.path, "rb") as content:
        while piece := content.read(_PIECE):
            digest.update(piece)
    return digest.hexdigest()
