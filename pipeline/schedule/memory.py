"""What the schedule has to know of the data of earlier nights, beside their history."""

from pathlib import Path

from pydantic import AwareDatetime, BaseModel, ConfigDict, ValidationError

from components.pusher.layout import flush
from models.errors import UserError
from pipeline.history import Outcome

TRAINED = ("pushed", "kept")


class Reading(BaseModel):
    """What there was to read for a night."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    at: AwareDatetime
    """When that night began."""
    contents: dict[str, str]
    """Digest of every file, by name."""
    config: str
    """Digest of what a run depends on beside the data."""
    reason: str = ""
    """Why it was refused."""


class Memory(BaseModel):
    """The data that was trained on and refused last: what a night asks itself is whether there is other."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    trained: Reading | None = None
    refused: Reading | None = None
    """The last that a run has refused since it trained."""

    def after(self, outcome: Outcome, reading: Reading) -> "Memory":
        """What to know after a night with this outcome; one that failed is to be made up for."""
        if outcome in TRAINED:
            return Memory(trained=reading)
        return Memory(trained=self.trained, refused=reading) if outcome == "rejected" else self


def read_memory(path: Path) -> Memory:
    """The memory in a file; an empty one if it is not there.

    Raises:
        UserError: if it is no memory, naming the file.
    """
    if not path.exists():
        return Memory()
    try:
        return Memory.model_validate_json(path.read_bytes())
    except ValidationError as error:
        raise UserError(
            f"{path}: is not what the schedule wrote ({error.errors()[0]['msg']}); remove the file: the next "
            "night then runs whether or not there is new data."
        ) from None


def write_memory(path: Path, memory: Memory) -> None:
    """Puts a memory into a file, whole or not at all, and waits until the disk has it; raises OSError."""
    unfinished = path.with_suffix(".unfinished")
    unfinished.write_text(memory.model_dump_json() + "\n", encoding="utf-8")
    flush(unfinished)
    unfinished.replace(path)
