"""How the command line says that something went wrong: a sentence and an exit status, no traceback."""

from typing import Any

import typer
from rich.console import Console
from typer.core import TyperGroup

from models.errors import UserError
from pipeline.run_failed import RunFailed
from serving.errors import ServingError

USER_STATUS = 2
FAILURE_STATUS = 1


class SentenceGroup(TyperGroup):
    """Commands whose errors are printed in red: status 2 for what the user can mend, 1 for a failed run."""

    def invoke(self, ctx: Any) -> Any:
        """Runs the command that was asked for."""
        try:
            return super().invoke(ctx)
        except (UserError, ServingError, RunFailed) as error:
            console = Console(stderr=True)
            console.print(str(error), style="red", markup=False, highlight=False, soft_wrap=True)
            raise typer.Exit(FAILURE_STATUS if isinstance(error, RunFailed) else USER_STATUS) from None
