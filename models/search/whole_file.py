"""Files that are written whole or not at all."""

import os


def write_whole(path: str, text: str) -> None:
    """Replaces a file in one step, so that nobody, after whatever interruption, finds a part of it."""
    with open(f"{path}.partial", "w", encoding="utf-8") as file:
        file.write(text)
    os.replace(f"{path}.partial", path)
