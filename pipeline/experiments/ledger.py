"""What is finished is kept in files, so that an interrupted experiment goes on where it was."""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pipeline.experiments.whole_file import write_whole


class Ledger:
    """Values by a description of how they were made; another description is another value.

    Several processes may use the same folder.

    Args:
        folder: made when the first value is kept.
    """

    def __init__(self, folder: Path):
        self.folder = folder

    def has(self, description: Any) -> bool:
        """Whether the value is kept."""
        return self._file(description).exists()

    def get(self, description: Any, make: Callable[[], Any]) -> Any:
        """The kept value, or what `make` gives, which is then kept; values and descriptions are JSON."""
        if not self.has(description):
            text = json.dumps({"description": description, "value": make()})
            write_whole(self._file(description), text.encode())
        return self.read(description)

    def read(self, description: Any) -> Any:
        """The kept value.

        Raises:
            FileNotFoundError: if there is none.
        """
        return json.loads(self._file(description).read_text(encoding="utf-8"))["value"]

    def _file(self, description: Any) -> Path:
        text = json.dumps(description, sort_keys=True)
        return self.folder / f"{hashlib.sha256(text.encode()).hexdigest()[:24]}.json"
