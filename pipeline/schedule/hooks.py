"""Whoever is to be told of a night: a command, or an address on the web."""

import http.client
import json
import shlex
import shutil
import threading
import urllib.request
from collections.abc import Mapping
from pathlib import Path

from models.errors import UserError
from pipeline.schedule.child import run_child
from pipeline.schedule.settings import ScheduleSettings

TIMEOUT_SECONDS = 30.0
HOOKS = {"pushed": "on_push", "failed": "on_failure", "rejected": "on_failure"}
"""The key of `schedule` that is to be told of an outcome."""

Event = Mapping[str, str | int | float | None]


def check_hooks(settings: ScheduleSettings) -> None:
    """Looks for the programs now, when somebody is there to mend a mistake.

    Raises:
        UserError: if a hook is no command and no address, or its program is not there.
    """
    for name in sorted(set(HOOKS.values())):
        hook = getattr(settings, name)
        if hook is None or _is_address(hook):
            continue
        try:
            words = shlex.split(hook)
        except ValueError as error:
            raise UserError(f"schedule.{name} = {hook!r} is no command ({error}); mend the quotes.") from None
        if not words or shutil.which(words[0]) is None:
            raise UserError(
                f"schedule.{name} = {hook!r}: there is no such program; give a command of this machine, "
                "or an address that begins with http:// or https://."
            )


def tell(settings: ScheduleSettings, outcome: str, event: Event, log: Path) -> str:
    """Tells the hook of an outcome, if there is one.

    A command gets the event as JSON on its standard input and as variables AUTONCF_...; an address gets it
    as JSON by POST.

    Args:
        settings: with the hooks.
        outcome: of the night.
        event: what to tell.
        log: of the night; what a command writes goes there.

    Returns:
        Why it could not be told, a sentence that does not repeat the hook, which may hold a secret; empty if
        it was told or there is nobody to tell.
    """
    name = HOOKS.get(outcome)
    hook = getattr(settings, name) if name else None
    if hook is None:
        return ""
    try:
        failure = _post(hook, event) if _is_address(hook) else _run(hook, event, log)
    except (OSError, ValueError, http.client.HTTPException) as error:
        failure = f"{type(error).__name__}: {error}"
    return f"schedule.{name} could not be told: {failure}" if failure else ""


def _is_address(hook: str) -> bool:
    return hook.startswith(("http://", "https://"))


def _post(address: str, event: Event) -> str:
    """Raises what urllib raises: for an answer of 400 and above too."""
    body, kind = json.dumps(event).encode(), {"Content-Type": "application/json"}
    request = urllib.request.Request(address, body, kind, method="POST")
    with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS):
        return ""


def _run(command: str, event: Event, log: Path) -> str:
    variables = {
        f"AUTONCF_{name.upper()}": "" if value is None else str(value) for name, value in event.items()
    }
    never = threading.Event()  # it tells of nights that were stopped, too
    ended = run_child(
        shlex.split(command), log, TIMEOUT_SECONDS, never, message=json.dumps(event), environment=variables
    )
    if ended.timed_out:
        return f"it took longer than {TIMEOUT_SECONDS:.0f} s and was ended"
    last = ended.errors.splitlines()[-1:]
    return ": ".join([f"exit status {ended.status}", *last]) if ended.status else ""
