"""The files of a canonical folder."""

from __future__ import annotations

import dataclasses
import enum

from components import storage
from models.errors import UserError

FORMATS = ("csv", "tsv", "parquet")
DELIMITERS = {"csv": ",", "tsv": "\t"}


class Role(enum.IntEnum):
    """What a file holds."""

    INTERACTIONS = 0
    TEST = 1
    CANDIDATES = 2


@dataclasses.dataclass(frozen=True)
class DataFile:
    """One file that is read.

    Attributes:
        path: where it is.
        name: relative to the folder, as reports call it.
        role: what it holds.
        format: one of `FORMATS`.
        size: bytes.
        span: number of its span, if it is one.
    """

    path: str
    name: str
    role: Role
    format: str
    size: int
    span: int | None = None


def span_name(number: int) -> str:
    """How reports and splits call a span, whatever zeros its folder begins with."""
    return f"span-{number}"


def pick(
    folder: str, sizes: dict[str, int], stem: str, role: Role, prefix: str = "", span: int | None = None
) -> DataFile | None:
    """The one file STEM.{csv,tsv,parquet} of `folder`, if there is one.

    Args:
        folder: where to look.
        sizes: bytes of its files by name.
        stem: of the name.
        role: what the file holds.
        prefix: what its name for reports begins with.
        span: number of the span that the folder is.

    Raises:
        UserError: if there is more than one.
    """
    found = [f"{stem}.{suffix}" for suffix in FORMATS if f"{stem}.{suffix}" in sizes]
    if len(found) > 1:
        raise UserError(f"{folder} holds {' and '.join(found)}, and which to read is unclear: keep one.")
    if not found:
        return None
    name = found[0]
    return DataFile(
        storage.join(folder, name), prefix + name, role, name.rpartition(".")[2], sizes[name], span
    )
