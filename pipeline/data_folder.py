"""Where the interactions lie."""

from pathlib import Path

from models.errors import UserError
from pipeline.config import Config


def data_folder(config: Config, data: Path | None) -> Path:
    """The folder to read.

    Args:
        config: in force.
        data: named on the command line; None if it was not.

    Raises:
        UserError: if neither the command line nor the config names one, or it is not there.
    """
    folder = data or config.folder
    if folder is None:
        raise UserError(
            "--data is missing: this config names no folder; give the one with your interactions."
        )
    if not folder.is_dir():
        raise UserError(
            f"{folder}: there is no such folder; give --data, or fetch a dataset with "
            f"`autoncf data fetch {folder.name} --out {folder}`."
        )
    return folder
