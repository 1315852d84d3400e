"""The canonical folder: which of its files are read, and in which order."""

import dataclasses

from components import storage
from components.ingest.data_file import DataFile, Role, pick, span_name
from components.ingest.emptiness import has_rows
from components.ingest.nothing_to_read import NothingToRead
from components.ingest.settings import IngestSettings
from components.ingest.spans import SUCCESS, Spans, find_spans
from models.errors import UserError


@dataclasses.dataclass(frozen=True)
class Files:
    """What a folder offers.

    Attributes:
        to_read: interactions first, spans in numeric order.
        empty: names of the spans that are complete and have no rows.
        waiting: names of the spans that are not complete.
    """

    to_read: tuple[DataFile, ...]
    empty: tuple[str, ...] = ()
    waiting: tuple[str, ...] = ()


def find_files(folder: str, settings: IngestSettings) -> Files:
    """The files that `settings` ask for.

    Raises:
        NothingToRead: if all interactions wait, or none of the last spans has rows.
        UserError: if the folder or a file is missing, no interactions are there, the one file has no rows, or
            there are two files for one thing.
    """
    try:
        sizes = storage.file_sizes(folder)
    except OSError as error:
        reason = error.strerror or error
        raise UserError(
            f"{folder} cannot be read as a folder ({reason}): name the folder that holds "
            "interactions.csv, .tsv or .parquet."
        ) from None
    found = _interactions(folder, sizes, settings)
    if settings.split.strategy != "given":
        return found
    return dataclasses.replace(found, to_read=found.to_read + _holdout(folder, sizes, settings))


def _interactions(folder: str, sizes: dict[str, int], settings: IngestSettings) -> Files:
    whole = pick(folder, sizes, "interactions", Role.INTERACTIONS)
    spans = find_spans(folder, sizes, settings.require_success)
    if not whole and not spans.complete and not spans.waiting:
        there = ", ".join(sorted(sizes)[:8]) or "nothing"
        raise UserError(
            f"{folder} has no interactions.csv, .tsv or .parquet, and no span-N/ with one; "
            f"it holds {there}: rename or convert your file."
        )
    if not whole:
        return _window(folder, spans, settings)
    if spans.complete or spans.waiting:
        raise UserError(
            f"{folder} holds both {whole.name} and span-N/, and which to read is unclear: move the former "
            "into a span folder, or the spans elsewhere."
        )
    if settings.spans is not None:
        raise UserError(
            f"spans = {settings.spans} asks for the last spans, but {folder} has one file, {whole.name}, and "
            "no span-N/: remove the setting."
        )
    if settings.require_success and SUCCESS not in sizes:
        raise NothingToRead(_all_wait(folder, whole.name))
    if not has_rows(whole, settings):
        raise UserError(f"{whole.path} {_nothing_in(whole)}")
    return Files((whole,))


def _window(folder: str, spans: Spans, settings: IngestSettings) -> Files:
    if not spans.complete:
        raise NothingToRead(_all_wait(folder, ", ".join(spans.waiting)))
    window = spans.complete[-settings.spans :] if settings.spans else spans.complete
    filled = tuple(file for file in window if has_rows(file, settings))
    if not filled:
        raise NothingToRead(f"{window[-1].path} {_nothing_in(window[-1])}")
    empty = tuple(span_name(file.span) for file in window if file not in filled and file.span is not None)
    return Files(filled, empty, spans.waiting)


def _all_wait(folder: str, names: str) -> str:
    return (
        f"{folder} has nothing to read yet: require_success waits for a file {SUCCESS} beside the "
        f"interactions of {names}: write it when they are complete, or set require_success to false."
    )


def _nothing_in(file: DataFile) -> str:
    """Ends a sentence about a file without rows, the only one or the last of several such spans."""
    if file.size:
        return "has a header and no rows: add interactions below the header."
    return "is empty: put a header line and at least one row into it."


def _holdout(folder: str, sizes: dict[str, int], settings: IngestSettings) -> tuple[DataFile, ...]:
    test = pick(folder, sizes, "test", Role.TEST)
    if test is None:
        raise UserError(
            f'{folder} has no test.csv, .tsv or .parquet, which split.strategy = "given" reads: '
            "add the file, or choose another strategy."
        )
    candidates = (
        pick(folder, sizes, "candidates", Role.CANDIDATES) if settings.feedback == "implicit" else None
    )
    files = (test, candidates) if candidates else (test,)
    for file in files:
        if file.size == 0:
            raise UserError(f"{file.path} {_nothing_in(file)}")
    return files
