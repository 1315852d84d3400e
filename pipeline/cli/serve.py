"""`autoncf serve`: the pushed model of a run behind a gRPC port."""

import contextlib
import signal
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from pipeline.cli.tensorflow_logs import import_tensorflow_silently
from pipeline.locations import MODEL_NAME, Locations

if TYPE_CHECKING:
    from serving.statuses import VersionStatus


def serve(
    root: Annotated[Path, typer.Option("--root", help="Folder of the run whose pushed model is served.")],
    port: Annotated[
        int, typer.Option("--port", min=0, max=65535, help="Port to listen at; 0: any free.")
    ] = 8500,
    host: Annotated[
        str, typer.Option("--host", help="Address to listen at; 0.0.0.0 for other machines too.")
    ] = "localhost",
    poll_seconds: Annotated[
        float, typer.Option("--poll-seconds", min=0.01, help="Seconds between looks for a new version.")
    ] = 1.0,
) -> None:
    """Serve the newest pushed model over gRPC, and each newer one as it comes, until Ctrl-C or SIGTERM."""
    import_tensorflow_silently()
    from serving.server import EmbeddedServer

    base_path = Locations(root).serving
    server = EmbeddedServer(
        base_path, MODEL_NAME, host=host, port=port, poll_seconds=poll_seconds, on_change=_print_status
    )
    with _stop_signals() as stopped, server:
        _print(f'{base_path}: listening at {server.address} (gRPC, model "{MODEL_NAME}"); Ctrl-C stops')
        stopped.wait()
        _print("stopping")


@contextlib.contextmanager
def _stop_signals() -> Iterator[threading.Event]:
    """An event that Ctrl-C and SIGTERM set, instead of ending the process, inside the `with`."""
    stopped = threading.Event()
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    for number in before:
        signal.signal(number, lambda *_: stopped.set())
    try:
        yield stopped
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _print_status(status: "VersionStatus") -> None:
    if status.state.name == "AVAILABLE":
        _print(f"version {status.version} is available")
    elif status.error:
        _print(f"version {status.version} is refused: {status.error}")


def _print(line: str) -> None:
    # Flushed line by line: whoever starts the command reads from a pipe when it listens.
    Console().print(line, markup=False, highlight=False, soft_wrap=True)
