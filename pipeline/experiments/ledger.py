"""What is finished is kept in files, so that an interrupted experiment goes on where it was."""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any


class Ledger:
    """Values by a description of how they were made; another description is another value.

    Args:
        folder: made when the first value is kept.
    """

    def __init__(self, folder: Path):
        self.folder = folder

    def has(self, description: Any) -> bool:
        """Whether the value is kept."""
        return self._file(description).exists()

    def values(self) -> list[Any]:
        """Every kept value, the newest last."""
        files = sorted(self.folder.glob("*.json"), key=lambda file: file.stat().st_mtime_ns)
        return [json.loads(file.read_text(encoding="utf-8"))["value"] for file in files]

    def get(self, description: Any, make: Callable[[], Any]) -> Any:
        """The kept value, or what `make` gives, which is then kept; values and descriptions are JSON."""
        file = self._file(description)
        if not file.exists():
            text = json.dumps({"description": description, "value": make()})
            self.folder.mkdir(parents=True, exist_ok=True)
            temporary = file.with_suffix(".part")
            temporary.write_text(text, encoding="utf-8")
            temporary.replace(file)
        return json.loads(file.read_text(encoding="utf-8"))["value"]

    def _file(self, description: Any) -> Path:
        text = json.dumps(description, sort_keys=True)
        return self.folder / f"{hashlib.sha256(text.encode()).hexdigest()[:24]}.json"
