"""What became of every night, in a file that is only ever added to."""

import os
from pathlib import Path
from typing import Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from models.errors import UserError

Outcome = Literal["pushed", "kept", "skipped", "rejected", "failed"]


class Night(BaseModel):
    """One line of the history; what a later release adds is passed over."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    at: AwareDatetime
    """When it began."""
    outcome: Outcome
    """`pushed`: a new version serves; `kept`: trained, but not pushed; `skipped`: there was no reason to run;
    `rejected`: the data or the config was refused; `failed`: it broke down, was stopped or took too long."""
    reason: str = ""
    """Why it was not pushed, a sentence a line; empty if it was."""
    version: int | None = None
    """The version that was pushed."""
    run_id: str | None = None
    """Of the run that ended well."""
    attempts: int = Field(default=0, ge=0)
    """How often a run was begun."""
    seconds: float = Field(default=0, ge=0)
    """From its beginning to its end, waiting between attempts included."""
    cut_short: bool = False
    """Whether it ended because the schedule did: by a signal, a crash, a reboot."""
    hook_failure: str = ""
    """Why somebody who should have been told was not."""


def append_night(history: Path, night: Night) -> None:
    """Adds a line to the file `history` and waits until the disk has it.

    Raises:
        OSError: if it cannot be written.
    """
    history.parent.mkdir(parents=True, exist_ok=True)
    with history.open("a+b") as file:
        line = night.model_dump_json() + "\n"
        if not _ends_a_line(file.fileno()):
            line = "\n" + line  # what a crash cut off must not spoil this one too
        file.write(line.encode())
        file.flush()
        os.fsync(file.fileno())


def read_nights(history: Path) -> list[Night]:
    """The nights in the file `history`, the oldest first; none if it is not there.

    A line that a crash cut off is passed over.

    Raises:
        UserError: if a line is a whole one and still no night, naming file and line.
    """
    if not history.exists():
        return []
    lines = enumerate(history.read_bytes().split(b"\n"), start=1)
    nights = (_parse(history, number, line) for number, line in lines if line)
    return [night for night in nights if night is not None]


def _ends_a_line(descriptor: int) -> bool:
    size = os.fstat(descriptor).st_size
    return size == 0 or os.pread(descriptor, 1, size - 1) == b"\n"


def _parse(history: Path, number: int, line: bytes) -> Night | None:
    try:
        return Night.model_validate_json(line)
    except ValidationError as error:
        first = error.errors()[0]
        if first["type"] == "json_invalid":
            return None
        place = ".".join(map(str, first["loc"])) or "the line"
        raise UserError(
            f"{history}: line {number} is no night ({place}: {first['msg']}); remove that line, or move the "
            "file away: the next night then runs whether or not there is new data."
        ) from None
