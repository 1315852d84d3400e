"""Spans: folders span-N/ that each hold one batch of interactions."""

from __future__ import annotations

import dataclasses
import re

from components import storage
from components.ingest.data_file import DataFile, Role, pick, span_name
from models.errors import UserError

SUCCESS = "_SUCCESS"
"""File that says that its folder is complete."""

_SPAN = re.compile(r"span-([0-9]+)")
_NEARLY_A_SPAN = re.compile(r"spans?[-_. ]*([0-9]+)", re.IGNORECASE)


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
        sizes: bytes of its files by name relative to it, as `storage.file_sizes` tells them.
        require_success: whether a span is complete only with a file `SUCCESS`.

    Raises:
        UserError: if two folders are one span, a folder is named nearly like one, or a complete span has no
            interactions or more than one file of them.
    """
    inside: dict[str, dict[str, int]] = {}
    for path, size in sizes.items():
        name, slash, file = path.partition("/")
        if slash:
            inside.setdefault(name, {})[file] = size
    names: dict[int, str] = {}
    for name in sorted(inside):
        number = _number(folder, name)
        if number is not None and names.setdefault(number, name) != name:
            raise UserError(f"{folder} has span {number} twice, {names[number]} and {name}: rename one.")
    complete, waiting = [], []
    for number, name in sorted(names.items()):
        if require_success and SUCCESS not in inside[name]:
            waiting.append(span_name(number))
        else:
            complete.append(_file(folder, name, number, inside[name]))
    return Spans(tuple(complete), tuple(waiting))


def _number(folder: str, name: str) -> int | None:
    """12 of "span-12", whatever zeros it begins with; None of the name of another folder."""
    if match := _SPAN.fullmatch(name):
        return int(match[1])
    if match := _NEARLY_A_SPAN.fullmatch(name):
        raise UserError(
            f"{storage.join(folder, name)} is not read, but its name is nearly that of a span: rename it to "
            f"{span_name(int(match[1]))}, or, if it is none, move it elsewhere."
        )
    return None


def _file(folder: str, name: str, number: int, sizes: dict[str, int]) -> DataFile:
    path = storage.join(folder, name)
    file = pick(path, sizes, "interactions", Role.INTERACTIONS, prefix=name + "/", span=number)
    if file is None:
        # Not an empty span: a night without interactions is told by an empty file, while a folder without
        # one is what a delivery looks like that has only begun.
        raise UserError(
            f"{path} has no interactions.csv, .tsv or .parquet: add it (without a row, if there were no "
            f"interactions), remove the folder, or let require_success wait until it holds {SUCCESS}."
        )
    return file
