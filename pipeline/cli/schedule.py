"""`autoncf schedule`: fresh every night."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated

import typer

from models.interruption import ended_like_interrupted
from pipeline.cli.deployment_status import STYLES
from pipeline.cli.errors import FAILURE_STATUS
from pipeline.cli.run import ConfigOption, DataOption, OverridesOption, RootOption, TuneOption, with_tune

if TYPE_CHECKING:
    from apscheduler.triggers.base import BaseTrigger

    from pipeline.history import Night
    from pipeline.schedule.attempts import Attempts
    from pipeline.schedule.order import Order


def schedule(
    config: ConfigOption,
    root: RootOption,
    data: DataOption = None,
    overrides: OverridesOption = None,
    tune: TuneOption = False,
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
    from pipeline.cli.log_console import LogConsole
    from pipeline.config import load_config
    from pipeline.schedule.attempts import Attempts
    from pipeline.schedule.cron import parse_cron
    from pipeline.schedule.ending import describe
    from pipeline.schedule.foreground import alone
    from pipeline.schedule.hooks import check_hooks
    from pipeline.schedule.night import run_night
    from pipeline.schedule.order import Order

    keys = with_tune(overrides, tune)
    loaded = load_config(config, keys)
    settings = loaded.schedule if cron is None else loaded.schedule.model_copy(update={"cron": cron})
    check_hooks(settings)
    order = Order(config, tuple(keys), data, root.absolute())
    console = LogConsole()
    attempts = Attempts(settings, threading.Event(), console.write_line)

    def night() -> "Night":
        ended = run_night(order, attempts, force)
        console.write_line(f"{ended.at:%Y-%m-%d %H:%M} {describe(ended)}", STYLES[ended.outcome])
        return ended

    with quiet_beam(), ended_like_interrupted():
        if once:
            if alone(night, attempts.stopped).outcome in ("rejected", "failed"):
                raise typer.Exit(FAILURE_STATUS)
            return
        order.folder(loaded)
        _stay(parse_cron(settings.cron, settings.timezone), order, attempts, night)


def _stay(trigger: "BaseTrigger", order: "Order", attempts: "Attempts", night: "Callable[[], Night]") -> None:
    import datetime

    from pipeline.history import read_nights
    from pipeline.locations import Locations
    from pipeline.schedule.ending import Ending
    from pipeline.schedule.foreground import stay
    from pipeline.schedule.going_on import close_unfinished, reason_to_make_up
    from pipeline.schedule.night import pass_over

    locations, say = Locations(order.root), attempts.say
    close_unfinished(Ending(locations, attempts.settings, say))
    nights, now = read_nights(locations.history), datetime.datetime.now().astimezone()
    to_make_up = reason_to_make_up(trigger, nights, attempts.settings.retries, now)
    if to_make_up:
        say(f"Begins now: {to_make_up}.")
    stay(trigger, night, lambda: pass_over(order, say), say, attempts.stopped, at_once=bool(to_make_up))
