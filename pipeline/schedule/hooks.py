"""Whoever is to be told of a night: a command, or an address on the web."""

import http
import http.client
import json
import shlex
import shutil
import threading
import urllib.error
import urllib.parse
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
    """Looks at the programs and addresses now, when somebody is there to mend a mistake.

    Raises:
        UserError: if a hook is no command and no address, or its program is not there.
    """
    for name in sorted(set(HOOKS.values())):
        hook = getattr(settings, name)
        if hook is None:
            continue
        if _is_address(hook):
            _check_address(name, hook)
        else:
            _check_command(name, hook)


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
        failure = _post_in_time(hook, event) if _is_address(hook) else _run(hook, event, log)
    except (OSError, ValueError) as error:
        failure = _explain(error)
    return f"schedule.{name} could not be told: {failure}" if failure else ""


def _is_address(hook: str) -> bool:
    return hook.startswith(("http://", "https://"))


def _check_command(name: str, hook: str) -> None:
    try:
        words = shlex.split(hook)
    except ValueError as error:
        raise UserError(f"schedule.{name} = {hook!r} is no command ({error}); mend the quotes.") from None
    if not words or shutil.which(words[0]) is None:
        raise UserError(
            f"schedule.{name} = {hook!r}: there is no such program; give a command of this machine, "
            "or an address that begins with http:// or https://."
        )


def _check_address(name: str, hook: str) -> None:
    try:
        parts = urllib.parse.urlsplit(hook)
        right = bool(parts.hostname) and parts.port != 0 and hook.isascii()
    except ValueError:
        right = False
    if not right or not hook.isprintable() or " " in hook:
        raise UserError(
            f"schedule.{name} = {hook!r} is no address; it needs a host, and blanks and other characters "
            "written as %20 and so on."
        )


def _post_in_time(address: str, event: Event) -> str:
    """In a thread that is left to itself when the time is over: urllib limits each wait, not their sum."""
    failures: list[str] = []
    posting = threading.Thread(target=lambda: failures.append(_post(address, event)), daemon=True)
    posting.start()
    posting.join(TIMEOUT_SECONDS)
    return failures[0] if failures else f"it took longer than {TIMEOUT_SECONDS:.0f} s"


def _post(address: str, event: Event) -> str:
    """Why it came to nothing, as with an answer of 400 and above; empty if it did not."""
    body, kind = json.dumps(event).encode(), {"Content-Type": "application/json"}
    try:
        request = urllib.request.Request(address, body, kind, method="POST")
        with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS):
            return ""
    except (OSError, ValueError, http.client.HTTPException) as error:
        return _explain(error)


def _explain(error: Exception) -> str:
    """Without words that may repeat an address, which may hold a secret."""
    kind = type(error).__name__
    if isinstance(error, urllib.error.HTTPError):
        known = {status.value: status.phrase for status in http.HTTPStatus}
        return f"{kind}: {error.code} {known.get(error.code, '')}".rstrip()
    if isinstance(error, urllib.error.URLError) and isinstance(error.reason, OSError):
        error = error.reason
    said = error.strerror if isinstance(error, OSError) else None
    return f"{kind}: {said}" if said else kind


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
