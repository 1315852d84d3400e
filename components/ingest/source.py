"""The canonical folder: which of its files are read, and in which order."""

import dataclasses
import enum
import hashlib
import re

from apache_beam.io.filesystems import FileSystems

from components.ingest import storage
from components.ingest.settings import IngestSettings
from models.errors import UserError

FORMATS = ("csv", "tsv", "parquet")
DELIMITERS = {"csv": ",", "tsv": "\t"}

_SPAN_FILE = re.compile(r"span-(\d+)/(.+)")


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
    """

    path: str
    name: str
    role: Role
    format: str
    size: int


def find_files(folder: str, settings: IngestSettings) -> list[DataFile]:
    """The files that `settings` ask for, interactions first, spans in numeric order.

    Raises:
        UserError: if the folder or a file is missing or empty, or there are two files for one thing.
    """
    try:
        sizes = storage.file_sizes(folder)
    except OSError as error:
        raise UserError(
            f"{folder} cannot be read as a folder ({error.strerror or error}): name the folder that holds "
            "interactions.csv, .tsv or .parquet."
        ) from None
    files = _interactions(folder, sizes, settings.spans)
    if settings.split.strategy == "given":
        test = _pick(folder, sizes, "test", Role.TEST)
        if test is None:
            raise UserError(
                f'{folder} has no test.csv, .tsv or .parquet, which split.strategy = "given" reads: '
                "add the file, or choose another strategy."
            )
        files.append(test)
        candidates = _pick(folder, sizes, "candidates", Role.CANDIDATES)
        if candidates is not None and settings.feedback == "implicit":
            files.append(candidates)
    for file in files:
        if file.size == 0:
            raise UserError(f"{file.path} is empty: put a header line and at least one row into it.")
    return files


def fingerprint(folder: str, settings: IngestSettings) -> str:
    """Hash of the names and contents of the files that `settings` ask for.

    Remote files are known by the checksum that their store keeps, so that nothing is transferred.
    """
    digest = hashlib.blake2b(digest_size=16)
    for file in find_files(folder, settings):
        digest.update(f"{file.name}\0{file.size}\0".encode())
        if storage.is_local(file.path):
            with open(file.path, "rb") as content:
                while piece := content.read(1 << 22):
                    digest.update(piece)
        else:
            digest.update(str(FileSystems.checksum(file.path)).encode())
    return digest.hexdigest()


def _interactions(folder: str, sizes: dict[str, int], last_spans: int | None) -> list[DataFile]:
    whole = _pick(folder, sizes, "interactions", Role.INTERACTIONS)
    spans = _spans(folder, sizes)
    if whole and spans:
        raise UserError(
            f"{folder} holds both {whole.name} and {spans[0].name}, and which to read is unclear: "
            "move the former into a span folder, or the spans elsewhere."
        )
    if not whole and not spans:
        there = ", ".join(sorted(sizes)[:8]) or "nothing"
        raise UserError(
            f"{folder} has no interactions.csv, .tsv or .parquet, and no span-N/ with one; "
            f"it holds {there}: rename or convert your file."
        )
    if whole and last_spans is not None:
        raise UserError(
            f"spans = {last_spans} asks for the last spans, but {folder} has one file, {whole.name}, and no "
            "span-N/: remove the setting."
        )
    return [whole] if whole else spans[-last_spans:] if last_spans else spans


def _spans(folder: str, sizes: dict[str, int]) -> list[DataFile]:
    by_folder: dict[str, dict[str, int]] = {}
    for name, size in sizes.items():
        if match := _SPAN_FILE.fullmatch(name):
            by_folder.setdefault(f"span-{match[1]}", {})[match[2]] = size
    numbered: dict[int, DataFile] = {}
    for span, inside in by_folder.items():
        file = _pick(storage.join(folder, span), inside, "interactions", Role.INTERACTIONS, prefix=span + "/")
        if file is None:
            raise UserError(
                f"{storage.join(folder, span)} has no interactions.csv, .tsv or .parquet: add it or remove "
                "the folder."
            )
        number = int(span.removeprefix("span-"))
        if number in numbered:
            raise UserError(
                f"{folder} has span {number} twice, {numbered[number].name} and {file.name}: rename one."
            )
        numbered[number] = file
    return [numbered[number] for number in sorted(numbered)]


def _pick(folder: str, sizes: dict[str, int], stem: str, role: Role, prefix: str = "") -> DataFile | None:
    """The one file STEM.{csv,tsv,parquet} of `folder`, if there is one."""
    found = [f"{stem}.{suffix}" for suffix in FORMATS if f"{stem}.{suffix}" in sizes]
    if len(found) > 1:
        raise UserError(f"{folder} holds {' and '.join(found)}, and which to read is unclear: keep one.")
    if not found:
        return None
    name = found[0]
    return DataFile(storage.join(folder, name), prefix + name, role, name.rpartition(".")[2], sizes[name])
