"""Curated schemas of the Examples that ingest writes, with limits for drift and skew."""

import math
import os
from pathlib import Path

from models.errors import UserError

_FOLDER = Path(__file__).parent
_VALUES = "values"


def schema_path(name_or_path: str) -> str:
    """File of a schema.

    Args:
        name_or_path: `explicit` or `implicit`, or the path of a TFMD schema as text.

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


def value_domain(path: str) -> tuple[float, float]:
    """Lowest and highest value of an interaction that the schema in the file `path` allows.

    Raises:
        UserError: if the file is no schema or has no feature `values`.
    """
    from google.protobuf import text_format
    from tensorflow_metadata.proto.v0 import schema_pb2

    try:
        schema = text_format.Parse(Path(path).read_text(encoding="utf-8"), schema_pb2.Schema())
    except (OSError, UnicodeDecodeError, text_format.ParseError) as error:
        raise UserError(f"{path} cannot be read as a TFMD schema ({error}): mend or replace it.") from None
    for feature in schema.feature:
        if feature.name == _VALUES:
            domain = feature.float_domain
            lowest = domain.min if domain.HasField("min") else -math.inf
            return lowest, domain.max if domain.HasField("max") else math.inf
    raise UserError(f"{path} has no feature {_VALUES!r}: begin with one of the packaged schemas.")
