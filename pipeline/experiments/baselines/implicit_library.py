"""The library `implicit`, which only experiments need."""

import importlib
from types import ModuleType

from models.errors import UserError


def implicit_library(module: str) -> ModuleType:
    """A module of `implicit`.

    Args:
        module: its name within the library, such as "als".

    Raises:
        UserError: if the library is not there.
    """
    try:
        return importlib.import_module(f"implicit.{module}")
    except ImportError as error:
        raise UserError(
            f"The baselines item-knn and ials need the library implicit, which cannot be imported ({error}): "
            "run `pip install 'autoncf[experiments]'`."
        ) from error
