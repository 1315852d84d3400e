"""`autoncf status`: what a deployment has done, or what a server serves."""

from pathlib import Path
from typing import Annotated

import typer

from models.errors import UserError
from pipeline.cli.connection import Connection, with_connection
from pipeline.cli.deployment_status import show_deployment
from pipeline.cli.server_status import show_server


@with_connection
def status(
    connection: Connection,
    context: typer.Context,
    root: Annotated[
        Path | None,
        typer.Option("--root", help="The folder of a deployment: its runs, nights and pushed versions."),
    ] = None,
    last: Annotated[int, typer.Option("--last", min=1, help="How many runs and nights to show.")] = 10,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Show the runs and nights of a deployment (--root), or what a server serves (--address)."""
    source = context.get_parameter_source("address")
    has_address = source is not None and source.name != "DEFAULT"
    if has_address == (root is not None):
        raise UserError("give either --root ROOT or --address HOST:PORT, and not both")
    if root is None:
        show_server(connection, as_json)
    else:
        show_deployment(root, last, as_json)
