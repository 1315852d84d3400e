"""Points of time: which of them are mistakes, and how they read."""

import datetime
import time

_A_DAY = 24 * 60 * 60


def latest_timestamp(now: float | None = None) -> int:
    """The last second that a row may be of: a day from now, for clocks and time zones differ.

    Args:
        now: seconds since 1970; by default those of this machine's clock.
    """
    return int(time.time() if now is None else now) + _A_DAY


def utc(timestamp: int) -> str:
    """`2026-01-31 03:00:00 UTC` of seconds since 1970."""
    return f"{datetime.datetime.fromtimestamp(timestamp, datetime.timezone.utc):%Y-%m-%d %H:%M:%S} UTC"
