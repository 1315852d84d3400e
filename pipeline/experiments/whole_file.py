"""Files that appear whole or not at all."""

import os
from pathlib import Path


def write_whole(file: Path, content: bytes) -> None:
    """Writes `file` under another name first, so that a reader finds the old one or the new one, whole.

    Several processes may write the same file; that of the last one stays.

    Args:
        file: to be written or replaced; its folder is made where it is not there.
        content: all of it.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    unfinished = file.with_name(f"{file.name}.{os.getpid()}.unfinished")
    unfinished.write_bytes(content)
    unfinished.replace(file)
