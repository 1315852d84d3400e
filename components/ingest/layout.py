"""Where the columns of one file stand, from its header or its Parquet schema."""

import csv
import dataclasses
from typing import Any

import pyarrow as pa

from components import storage
from components.ingest.data_file import DELIMITERS, DataFile, Role
from components.ingest.settings import IngestSettings
from models.errors import UserError

_LONGEST_HEADER = 1 << 20
_BOM = b"\xef\xbb\xbf"
_OTHER_DELIMITERS = {",": "a comma", "\t": "a tab", ";": "a semicolon", "|": "a bar", ":": "a colon"}
_OPTIONAL_DEFAULTS = ("value", "timestamp")


@dataclasses.dataclass(frozen=True)
class Layout:
    """Columns of one file.

    Attributes:
        names: all columns, in order.
        positions: position of each of user_id, item_id, value and timestamp that is read.
        data_start: byte at which the second line begins (0 for Parquet).
    """

    names: tuple[str, ...]
    positions: dict[str, int]
    data_start: int


def text_layout(file: DataFile, settings: IngestSettings) -> Layout:
    """Layout of a CSV or TSV file.

    Raises:
        UserError: if the header cannot be read or lacks a column.
    """
    with storage.open_bytes(file.path) as content:
        start = content.read(_LONGEST_HEADER)
    if start[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise UserError(f"{file.path} is UTF-16: save it as UTF-8.")
    line, newline, _ = start.partition(b"\n")
    if not newline and file.size > len(start):
        raise UserError(f"{file.path}: line 1 is longer than {_LONGEST_HEADER} bytes: begin with a header.")
    try:
        text = line.removeprefix(_BOM).removesuffix(b"\r").decode()
    except UnicodeDecodeError:
        raise UserError(f"{file.path}: the header (line 1) is not UTF-8: save the file as UTF-8.") from None
    try:
        names = _fields(text, DELIMITERS[file.format])
    except csv.Error as error:
        raise UserError(
            f"{file.path}: line 1, {text[:80]!r}, is no header ({error}): save the file as plain text, "
            "with the names of the columns in the first line and a line feed behind every line."
        ) from None
    if len(names) == 1:
        _refuse_delimiter(file, text)
    positions = _positions(file, names, settings)
    return Layout(tuple(names), positions, len(line) + len(newline))


def parquet_layout(file: DataFile, schema: pa.Schema, settings: IngestSettings) -> Layout:
    """Layout of a Parquet file with `schema`.

    Raises:
        UserError: if a column is missing or of a type that cannot be what it should be.
    """
    positions = _positions(file, list(schema.names), settings)
    for key, position in positions.items():
        if not _fits(key, schema.types[position]):
            raise UserError(
                f"{file.path}: column {schema.names[position]!r} (columns.{key}) is of type "
                f"{schema.types[position]}: convert it to {_EXPECTED[key]}."
            )
    return Layout(tuple(schema.names), positions, 0)


_EXPECTED = {
    "user_id": "strings or integers",
    "item_id": "strings or integers",
    "value": "numbers",
    "timestamp": "whole seconds (integers) or the timestamp type",
}


def _fits(key: str, kind: Any) -> bool:
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    if key in ("user_id", "item_id"):
        return any(test(kind) for test in _TEXT_TYPES) or pa.types.is_integer(kind)
    number = pa.types.is_integer(kind) or pa.types.is_floating(kind)
    return number or (pa.types.is_timestamp(kind) if key == "timestamp" else pa.types.is_decimal(kind))


_TEXT_TYPES = (pa.types.is_string, pa.types.is_large_string, pa.types.is_binary, pa.types.is_large_binary)


def _fields(line: str, delimiter: str) -> list[str]:
    return next(csv.reader([line], delimiter=delimiter), [""])


def _refuse_delimiter(file: DataFile, header: str) -> None:
    expected = _OTHER_DELIMITERS[DELIMITERS[file.format]]
    likely = max(_OTHER_DELIMITERS, key=header.count)
    seems = f"it seems to be {_OTHER_DELIMITERS[likely]}" if header.count(likely) else "it holds none"
    remedy = "rename the file to .tsv" if likely == "\t" else "rename the file to .csv"
    if likely not in DELIMITERS.values():
        remedy = f"save the file with {expected}"
    raise UserError(
        f"{file.path}: line 1 is one single field, {header[:80]!r}; the delimiter of .{file.format} is "
        f"{expected}, but {seems}: {remedy}, with the names of the columns in the first line."
    )


def _positions(file: DataFile, names: list[str], settings: IngestSettings) -> dict[str, int]:
    wanted = settings.columns.model_dump()
    if file.role is Role.CANDIDATES:
        wanted = {key: wanted[key] for key in ("user_id", "item_id")}
    positions = {}
    for key, name in wanted.items():
        if name is None:
            continue
        if names.count(name) > 1:
            raise UserError(
                f"{file.path} has {names.count(name)} columns named {name!r}: rename all but one."
            )
        if name in names:
            positions[key] = names.index(name)
        elif _is_required(key, name, settings):
            raise UserError(
                f"{file.path} has no column {name!r} for columns.{key}; its first line names "
                f"{', '.join(map(repr, names[:20]))}: set columns.{key} to the right one, or add a header."
            )
    if (
        settings.columns.value is None
        and settings.feedback == "explicit"
        and file.role is not Role.CANDIDATES
    ):
        raise UserError(
            f"{file.path} is read without values, which explicit feedback needs: set columns.value, or "
            "feedback to implicit."
        )
    return positions


def _is_required(key: str, name: str, settings: IngestSettings) -> bool:
    """Whether a missing column is a mistake: a name somebody chose, or one that nothing works without."""
    if key == "value" and settings.feedback == "explicit":
        return True
    return key not in _OPTIONAL_DEFAULTS or name != key
