"""A digest of source code, so that changed code runs and is not answered for by the cache."""

import hashlib
from importlib.util import find_spec
from pathlib import Path


def code_digest(*names: str) -> str:
    """SHA-256 of Python modules, and of packages with the modules directly in them, as 16 hexadecimal digits.

    Args:
        names: dotted names of modules or packages of this project.

    Raises:
        ModuleNotFoundError: if there is no such module.
    """
    digest = hashlib.sha256()
    for name in names:
        spec = find_spec(name)
        if spec is None or spec.origin is None:
            raise ModuleNotFoundError(f"There is no module {name!r} to take a digest of.")
        origin = Path(spec.origin)
        for file in sorted(origin.parent.glob("*.py")) if spec.submodule_search_locations else [origin]:
            digest.update(file.name.encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()[:16]
