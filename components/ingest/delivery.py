"""What has been delivered: which contents a run would read, and whether they are new."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Collection

from components.ingest.contents import contents_of
from components.ingest.settings import IngestSettings
from components.ingest.source import find_files


@dataclasses.dataclass(frozen=True)
class Delivery:
    """The contents of a folder, as `settings` ask for them.

    Attributes:
        contents: digest of every file that would be read, by its name relative to the folder; spans without
            rows are not among them.
        empty: names of the spans that are complete and have no rows ("span-9").
        waiting: names of the spans that are not complete.
    """

    contents: dict[str, str]
    empty: tuple[str, ...]
    waiting: tuple[str, ...]

    def news(self, before: Collection[str]) -> tuple[str, ...]:
        """Names of the files whose digest is not in `before`."""
        return tuple(name for name, digest in self.contents.items() if digest not in before)


def read_delivery(folder: str, settings: IngestSettings) -> Delivery:
    """Look at `folder`; every local file is read once, in pieces.

    Raises:
        UserError: if a file is missing, nothing has rows or everything waits, as `find_files` says it.
    """
    files = find_files(folder, settings)
    return Delivery(
        contents=contents_of(files.to_read),
        empty=files.empty,
        waiting=files.waiting,
    )


def fingerprint(folder: str, settings: IngestSettings) -> str:
    """Hash of the names and contents of the files that `settings` ask for.

    Raises:
        UserError: as `read_delivery`.
    """
    contents = read_delivery(folder, settings).contents
    return hashlib.blake2b(repr(contents).encode(), digest_size=16).hexdigest()
