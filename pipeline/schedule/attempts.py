"""A run, and further ones if it breaks down; a look at the data, and further ones if the disk refuses it."""

import dataclasses
import signal
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

import tenacity

from pipeline.run_failed import RunFailed
from pipeline.schedule.bound import bound
from pipeline.schedule.child import Ended, run_child
from pipeline.schedule.settings import ScheduleSettings

Found = TypeVar("Found")

WELL = 0
REFUSED = 2
"""Exit status of `autoncf run` on what a person has to mend first."""
BUSY = 3
"""Exit status of `autoncf run` while another process changes the root."""


@dataclasses.dataclass(frozen=True)
class Result:
    """What came of a run and its repetitions.

    Attributes:
        status: exit status of the last one; below zero if a signal killed it, None if it was ended from here.
        attempts: how many there were.
        reason: why the last one did not end well; empty if it did.
    """

    status: int | None
    attempts: int
    reason: str


@dataclasses.dataclass(frozen=True)
class Attempts:
    """Runs a command, and again each time it breaks down or finds the root in use.

    Neither refused data nor a run that took too long is tried again.

    Attributes:
        settings: timeout, retries, and the time before them.
        stopped: when set, ends the run, and there is no other.
        say: told before every further attempt.
        sleep: waits so many seconds between attempts; by default until `stopped` is set at most.
    """

    settings: ScheduleSettings
    stopped: threading.Event
    say: Callable[[str], None]
    sleep: Callable[[float], None] | None = None

    def look(self, function: Callable[[], Found]) -> Found:
        """What a function returns, which is called again as long as the trouble may pass by itself.

        Raises:
            Exception: what it raises the last time.
        """
        return self._retrying(tenacity.retry_if_exception(passes))(function)

    def run(self, command: Sequence[str], log: Path) -> Result:
        """Runs the command, which does not outlive this process; what it prints is added to `log`.

        Raises:
            OSError: if the program cannot be started.
        """
        retrying = self._retrying(tenacity.retry_if_result(_broke_down) | tenacity.retry_if_exception(passes))
        timeout = self.settings.timeout_minutes * 60
        ended = retrying(run_child, bound(command), log, timeout, self.stopped)
        return Result(ended.status, retrying.statistics["attempt_number"], self._reason(ended))

    def _retrying(self, retry: tenacity.retry_base) -> tenacity.Retrying:
        return tenacity.Retrying(
            retry=retry,
            stop=tenacity.stop_any(
                tenacity.stop_after_attempt(self.settings.retries + 1),
                tenacity.stop_when_event_set(self.stopped),
            ),
            wait=tenacity.wait_exponential(multiplier=self.settings.retry_seconds),
            sleep=self.sleep or tenacity.sleep_using_event(self.stopped),
            before_sleep=self._announce,
            retry_error_callback=_last,
        )

    def _announce(self, state: tenacity.RetryCallState) -> None:
        assert state.outcome is not None  # there is one once an attempt has ended
        error = state.outcome.exception()
        reason = self._reason(_last(state)) if error is None else str(error).rstrip(".")
        self.say(
            f"Attempt {state.attempt_number} came to nothing: {reason}. "
            f"The next one begins in {state.upcoming_sleep:.0f} s."
        )

    def _reason(self, ended: Ended) -> str:
        if ended.timed_out:
            limit = self.settings.timeout_minutes
            return f"the run took longer than schedule.timeout_minutes = {limit:g} and was ended"
        if ended.status is None:
            return "the run was ended together with the schedule"
        if ended.status in (REFUSED, BUSY):
            return ended.errors
        if ended.status < 0:
            want = ", perhaps for want of memory" if ended.status == -signal.SIGKILL else ""
            return f"the run was killed by {signal.Signals(-ended.status).name}{want}"
        if ended.status > 0:
            # A failed run repeats the end of its log first; its own words stand below an empty line.
            words = " ".join(ended.errors.rpartition("\n\n")[2].split())
            return words or f"the run ended with exit status {ended.status}"
        return ""


def passes(error: BaseException) -> bool:
    """Whether an error may pass by itself: the operating system refused something, as if a disk has gone."""
    cause: BaseException | None = error
    while cause is not None:
        # Libraries raise OSErrors of their own without a number, about files that are no such files.
        if isinstance(cause, RunFailed) or (isinstance(cause, OSError) and cause.errno is not None):
            return True
        cause = cause.__context__
    return False


def _broke_down(ended: Ended) -> bool:
    return ended.status not in (WELL, REFUSED, None)


def _last(state: tenacity.RetryCallState) -> Ended:
    assert state.outcome is not None
    return state.outcome.result()
