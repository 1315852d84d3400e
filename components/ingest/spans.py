"""Spans: folders span-N/ that each hold one batch of interactions."""

from __future__ import annotations

import dataclasses
import re

from components.ingest import storage
from components.ingest.data_file import DataFile, Role, pick, span_name
from models.errors import UserError

SUCCESS = "_SUCCESS"
"""File that says that its folder is complete."""

_SPAN_FILE = re.compile(r"(span-(\d+))/(.+)")


@dataclasses.dataclass(frozen=True)
class Spans:
    """The spans of a folder.

    Attributes:
        complete: their files, in the order of their numbers.
        waiting: names of those that are still being written.
    """

    complete: tuple[DataFile, ...]
    waiting: tuple[str, ...]


def find_spans(folder: str, sizes: dict[str, int], require_success: bool) -> Spans:
    """The spans below `folder`.

    Args:
        folder: canonical folder.
        sizes: bytes of its files by name relative to it.
        require_success: whether a span is complete only with a file `SUCCESS`.

    Raises:
        UserError: if two folders are one span, or a complete span has no interactions or more than one file
            of them.
    """
    inside: dict[str, dict[str, int]] = {}
    names: dict[int, str] = {}
    for file, size in sizes.items():
        if match := _SPAN_FILE.fullmatch(file):
            inside.setdefault(match[1], {})[match[3]] = size
            if names.setdefault(int(match[2]), match[1]) != match[1]:
                both = " and ".join(sorted([names[int(match[2])], match[1]]))
                raise UserError(f"{folder} has span {int(match[2])} twice, {both}: rename one.")
    complete, waiting = [], []
    for number, name in sorted(names.items()):
        if require_success and SUCCESS not in inside[name]:
            waiting.append(span_name(number))
        else:
            complete.append(_file(folder, name, number, inside[name]))
    return Spans(tuple(complete), tuple(waiting))


def _file(folder: str, name: str, number: int, sizes: dict[str, int]) -> DataFile:
    path = storage.join(folder, name)
    file = pick(path, sizes, "interactions", Role.INTERACTIONS, prefix=name + "/", span=number)
    if file is None:
        raise UserError(f"{path} has no interactions.csv, .tsv or .parquet: add it or remove the folder.")
    return file
