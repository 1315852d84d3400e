"""How the command line says that something went wrong: a sentence and an exit status, no traceback."""

from typing import Any

import typer
from rich.console import Console
from typer.core import TyperGroup

from models.errors import UserError
from pipeline.root_is_busy import RootIsBusy
from pipeline.run_failed import RunFailed
from serving.errors import ServingError

FAILURE_STATUS = 1
USER_STATUS = 2
BUSY_STATUS = 3


class SentenceGroup(TyperGroup):
    """Commands whose errors are printed in red.

    Status 1 stands for a failed run, 2 for what the user can mend, 3 for a root that another process changes
    at the moment.
    """

    def invoke(self, ctx: Any) -> Any:
        """Runs the command that was asked for."""
        try:
            return super().invoke(ctx)
        except (UserError, ServingError, RunFailed) as error:
            console = Console(stderr=True)
            console.print(str(error), style="red", markup=False, highlight=False, soft_wrap=True)
            raise typer.Exit(_status(error)) from None


def _status(error: Exception) -> int:
    if isinstance(error, RootIsBusy):
        return BUSY_STATUS
    return FAILURE_STATUS if isinstance(error, RunFailed) else USER_STATUS
