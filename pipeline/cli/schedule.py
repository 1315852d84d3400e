"""`autoncf schedule`: fresh every night."""

import contextlib
import signal
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from pipeline.cli.deployment_status import STYLES
from pipeline.cli.errors import FAILURE_STATUS
from pipeline.cli.run import ConfigOption, DataOption, OverridesOption, RootOption

if TYPE_CHECKING:
    from pipeline.history import Night


def schedule(
    config: ConfigOption,
    root: RootOption,
    data: DataOption = None,
    overrides: OverridesOption = None,
    cron: Annotated[
        str | None,
        typer.Option("--cron", help='When to run, as in a crontab: "0 3 * * *"; overrides schedule.cron.'),
    ] = None,
    once: Annotated[
        bool, typer.Option("--once", help="One night now instead, for cron and systemd timers.")
    ] = False,
    force: Annotated[bool, typer.Option("--force", help="Run even if no data is new.")] = False,
) -> None:
    """Run every night in which there is new data, and stay in the foreground.

    A run that breaks down is tried again; whatever becomes of a night is kept for `autoncf status` and told
    to the hooks of the config (schedule.on_push, schedule.on_failure). With --once the exit status is 0 if
    the night was pushed, kept or skipped, and 1 if it was rejected or failed.
    """
    import threading

    from pipeline.cli.beam_logs import quiet_beam
    from pipeline.config import load_config
    from pipeline.schedule.attempts import Attempts
    from pipeline.schedule.cron import parse_cron
    from pipeline.schedule.foreground import alone, stay
    from pipeline.schedule.hooks import check_hooks
    from pipeline.schedule.night import describe, pass_over, run_night
    from pipeline.schedule.order import Order

    loaded = load_config(config, overrides or [])
    settings = loaded.schedule if cron is None else loaded.schedule.model_copy(update={"cron": cron})
    check_hooks(settings)
    order = Order(config, tuple(overrides or ()), data, root.absolute())
    stopped = threading.Event()
    console = Console(highlight=False)

    def say(text: str) -> None:
        console.print(text, markup=False, soft_wrap=True)

    def night() -> "Night":
        ended = run_night(order, Attempts(settings, stopped, say), force)
        style = STYLES[ended.outcome]
        text = f"{ended.at:%Y-%m-%d %H:%M} {describe(ended)}"
        console.print(text, style=style, markup=False, soft_wrap=True)
        return ended

    with quiet_beam(), _terminated_like_interrupted():
        if once:
            if alone(night, stopped).outcome in ("rejected", "failed"):
                raise typer.Exit(FAILURE_STATUS)
            return
        order.folder(loaded)
        trigger = parse_cron(settings.cron, settings.timezone)
        stay(trigger, night, lambda: pass_over(order, say), say, stopped)


@contextlib.contextmanager
def _terminated_like_interrupted() -> Iterator[None]:
    """Makes SIGTERM, by which systemd and containers end a service, do what Ctrl-C does."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
