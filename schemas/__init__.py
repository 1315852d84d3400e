"""Curated schemas of the Examples that ingest writes, with limits for drift and skew."""

from __future__ import annotations

import math
import os
from pathlib import Path
from typing import TYPE_CHECKING

from models.errors import UserError

if TYPE_CHECKING:
    from tensorflow_metadata.proto.v0 import schema_pb2

_FOLDER = Path(__file__).parent
_VALUES = "values"
_ACTIVITY = "activity"
"""A feature that Examples of spans have, and no others."""


def schema_path(name_or_path: str) -> str:
    """File of a schema.

    Args:
        name_or_path: name of a packaged schema (`explicit` or `implicit`; `spans` or `any-spans` of spans),
            or the path of a TFMD schema as text.

    Raises:
        UserError: if it is neither.
    """
    names = sorted(path.stem for path in _FOLDER.glob("*.pbtxt"))
    if name_or_path in names:
        return str(_FOLDER / f"{name_or_path}.pbtxt")
    if os.path.isfile(name_or_path):
        return name_or_path
    raise UserError(
        f"schema {name_or_path!r} is neither a file nor one of {', '.join(names)}: choose one of these, or "
        "give the path of a schema."
    )


def span_schema_path(name_or_path: str) -> str:
    """File of a schema of spans.

    Args:
        name_or_path: `spans`, `any-spans`, or the path of a TFMD schema as text.

    Raises:
        UserError: if it is neither, or is a schema of something else.
    """
    path = schema_path(name_or_path)
    if _ACTIVITY not in {feature.name for feature in _read(path).feature}:
        raise UserError(
            f"span_schema_file: {name_or_path} is no schema of spans, it has no feature {_ACTIVITY!r}: use "
            "spans or any-spans, or a copy of schemas/spans.pbtxt."
        )
    return path


def value_domain(path: str) -> tuple[float, float]:
    """Lowest and highest value of an interaction that the schema in the file `path` allows.

    Raises:
        UserError: if the file is no schema, is one of spans, or has no feature `values`.
    """
    features = {feature.name: feature for feature in _read(path).feature}
    if _ACTIVITY in features:
        raise UserError(
            f"schema_file: {path} is a schema of spans, with the feature {_ACTIVITY!r}: use explicit or "
            "implicit, or a copy of one; a schema of spans belongs into span_schema_file."
        )
    if _VALUES not in features:
        raise UserError(f"{path} has no feature {_VALUES!r}: begin with one of the packaged schemas.")
    domain = features[_VALUES].float_domain
    lowest = domain.min if domain.HasField("min") else -math.inf
    return lowest, domain.max if domain.HasField("max") else math.inf


def _read(path: str) -> schema_pb2.Schema:
    from google.protobuf import text_format
    from tensorflow_metadata.proto.v0 import schema_pb2

    try:
        return text_format.Parse(Path(path).read_text(encoding="utf-8"), schema_pb2.Schema())
    except (OSError, UnicodeDecodeError, text_format.ParseError) as error:
        raise UserError(f"{path} cannot be read as a TFMD schema ({error}): mend or replace it.") from None
