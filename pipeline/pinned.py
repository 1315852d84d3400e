"""What an earlier search found, in place of what a config says."""

from pydantic import ValidationError

from components import storage
from models.errors import UserError
from pipeline.best_file import parse_best
from pipeline.config import Config
from pipeline.config_errors import sentences
from pipeline.searches import last_best

LAST = "last"
"""As `search.pinned`, the last search of the root."""


def pinned_config(config: Config, searches: str) -> Config:
    """The config with the structure and the tuned settings that `search.pinned` names, if it names any.

    Args:
        config: as it was given.
        searches: of the root, local or remote; `last` is looked for there.

    Returns:
        a config whose `search.pinned` is the path of the `best.yaml`.

    Raises:
        UserError: if there is none, or it does not fit the rest of the config.
    """
    pinned = config.search.pinned
    if pinned is None:
        return config
    path = last_best(searches) if pinned == LAST else pinned
    return pin(config, _read(path), path)


def pin(config: Config, best: str, path: str) -> Config:
    """The config with the structure and the tuned settings of a `best.yaml`.

    Whatever else there is under `train` stays as it was when the search began with this config.

    Args:
        config: as it was given.
        best: text of the file.
        path: of the file.

    Raises:
        UserError: if it is no such file, or does not fit the rest of the config.
    """
    found = parse_best(best, path)
    values = {
        **config.given,
        "structure": found.structure,
        "train": {**config.train.model_dump(mode="json"), **found.train},
        "search": {**config.search.model_dump(mode="json"), "pinned": path},
    }
    try:
        return Config.model_validate(values)
    except ValidationError as error:
        raise UserError("\n".join(f"{path}: {line}" for line in sentences(error, Config))) from None


def _read(path: str) -> str:
    try:
        return storage.read_text(path)
    except (OSError, UnicodeDecodeError) as error:
        reason = "no text" if isinstance(error, UnicodeDecodeError) else error.strerror or error
        raise UserError(
            f"search.pinned = {path!r}: cannot be read ({reason}); give {LAST!r}, or the best.yaml of a "
            "search."
        ) from None
