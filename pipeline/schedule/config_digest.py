"""What a run depends on beside the data, as one digest."""

import hashlib
from importlib import metadata
from pathlib import Path

from components.code_digest import code_digest
from pipeline.config import Config
from schemas import schema_path, span_schema_path

WITHOUT_EFFECT = {"folder", "schedule", "retention"}
"""Where the data lies, when to run, what to keep: none of it changes what a run makes of the data."""


def config_digest(config: Config) -> str:
    """Digest of this release, the keys that a run depends on, and the contents of schemas and own modules.

    Args:
        config: in force, with what `search.pinned` names in it.

    Raises:
        UserError: if a schema is not there.
    """
    digest = hashlib.blake2b(digest_size=16)
    digest.update(metadata.version("autoncf").encode())
    digest.update(config.model_dump_json(exclude=WITHOUT_EFFECT).encode())
    for schema in (schema_path(config.schema_name), span_schema_path(config.span_schema_file)):
        digest.update(Path(schema).read_bytes())
    digest.update(code_digest(*config.structure.own_modules).encode())
    return digest.hexdigest()
