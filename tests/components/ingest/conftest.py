"""Small folders of interactions."""

from collections.abc import Callable
from pathlib import Path

import pytest

Writer = Callable[[dict[str, bytes | str]], str]


@pytest.fixture
def folder_with(tmp_path: Path) -> Writer:
    """Call with {name: content} to write files into one folder; returns the folder."""

    def write(files: dict[str, bytes | str]) -> str:
        for name, content in files.items():
            path = tmp_path / "data" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content.encode() if isinstance(content, str) else content)
        return str(tmp_path / "data")

    return write
