"""Times of a crontab, with all that a crontab means by them."""

import dataclasses
import datetime
import re
import zoneinfo
from collections.abc import Callable

from apscheduler.triggers.base import BaseTrigger
from apscheduler.triggers.combining import OrTrigger
from apscheduler.triggers.cron import CronTrigger

from models.errors import UserError

SHORTHANDS = {
    "@hourly": "0 * * * *",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@weekly": "0 0 * * 0",
    "@monthly": "0 0 1 * *",
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
}
WEEKDAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_PART = re.compile(
    r"(?:\*|(?P<first>[0-9]+|[A-Za-z]+)(?:-(?P<last>[0-9]+|[A-Za-z]+))?)(?:/(?P<step>[0-9]+))?"
)


@dataclasses.dataclass(frozen=True)
class CronField:
    """What a line says in one of its fields.

    Attributes:
        text: as it stands there.
        numbers: every number that the text stands for.
    """

    text: str
    numbers: list[int]

    @property
    def is_open(self) -> bool:
        """Whether it begins with a star: of two days, one that is open leaves the other to decide."""
        return self.text.startswith("*")


@dataclasses.dataclass(frozen=True)
class _Field:
    """One of the five: its name, its numbers, and words for them from the lowest on."""

    name: str
    lowest: int
    highest: int
    words: tuple[str, ...] = ()

    def number(self, text: str) -> int:
        if text.lower() in self.words:
            return self.lowest + self.words.index(text.lower())
        number = int(text)
        if not self.lowest <= number <= self.highest:
            raise ValueError
        return number


_FIELDS = (
    _Field("minute", 0, 59),
    _Field("hour", 0, 23),
    _Field("day of the month", 1, 31),
    _Field("month", 1, 12, _MONTHS),
    _Field("day of the week", 0, 7, WEEKDAYS),
)


def parse_cron(text: str, timezone: str | None = None) -> BaseTrigger:
    """The trigger of a line's first five fields, as cron(5) reads them.

    Numbers, names, lists, ranges and steps; 0 and 7 are Sunday; where the day of the month and that of the
    week are both restricted, either is enough. (APScheduler's own reading of a crontab begins the week on
    Monday, wants both days to match, and drops the step of a range of names.)

    Args:
        text: such as "0 3 * * 1-5" or "@daily".
        timezone: such as "Europe/Zurich"; the machine's own if it is None.

    Raises:
        UserError: naming the field and what it may hold, or that the time never comes.
    """
    minute, hour, day, month, weekday = read_fields(text)
    times = {"month": month, "hour": hour, "minute": minute}
    listed = {name: _listed(field.numbers) for name, field in times.items()}
    zone = _zone(timezone)

    def on(day: list[int], weekday: list[int]) -> CronTrigger:
        weekdays = _listed(weekday, lambda number: WEEKDAYS[number % 7])
        return CronTrigger(day=_listed(day), day_of_week=weekdays, timezone=zone, **listed)

    trigger: BaseTrigger
    if day.is_open or weekday.is_open:
        trigger = on(day.numbers, weekday.numbers)
    else:
        trigger = OrTrigger([on(day.numbers, list(range(7))), on(list(range(1, 32)), weekday.numbers)])
    if trigger.get_next_fire_time(None, datetime.datetime.now(datetime.timezone.utc)) is None:
        raise UserError(f'cron "{text}" never comes: no month {month.text} has a day {day.text}; mend one.')
    return trigger


def read_fields(text: str) -> list[CronField]:
    """The five fields of a line.

    Raises:
        UserError: naming the field and what it may hold.
    """
    texts = SHORTHANDS.get(text.strip().lower(), text).split()
    if len(texts) != len(_FIELDS):
        raise UserError(
            f'cron "{text}" has {len(texts)} fields instead of five; give minute, hour, day of the month, '
            f'month and day of the week, such as "0 3 * * *", or one of {", ".join(SHORTHANDS)}.'
        )
    return [CronField(part, _numbers(field, part, text)) for field, part in zip(_FIELDS, texts, strict=True)]


def _numbers(field: _Field, text: str, whole: str) -> list[int]:
    """Every number that the text of a field stands for."""
    numbers: set[int] = set()
    for part in text.split(","):
        try:
            numbers.update(_range(field, part))
        except ValueError:
            words = f" or {field.words[0]}-{field.words[-1]}" if field.words else ""
            raise UserError(
                f'cron "{whole}": {part!r} is no {field.name}; give *, a number from {field.lowest} to '
                f"{field.highest}{words}, a range such as {field.lowest}-{field.lowest + 3}, or steps such "
                "as */2."
            ) from None
    return sorted(numbers)


def _range(field: _Field, part: str) -> range:
    match = _PART.fullmatch(part)
    if match is None:
        raise ValueError
    first, last, step = match["first"], match["last"], int(match["step"] or 1)
    lowest = field.number(first) if first else field.lowest
    if last:
        highest = field.number(last)
    elif first and match["step"] is None:
        highest = lowest
    else:
        highest = field.highest
    if lowest > highest:
        raise ValueError
    return range(lowest, highest + 1, step)


def _listed(numbers: list[int], name: Callable[[int], object] = int) -> str:
    return ",".join(str(name(number)) for number in numbers)


def _zone(name: str | None) -> datetime.tzinfo | None:
    try:
        return zoneinfo.ZoneInfo(name) if name else None
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):  # the last for a folder, such as America
        raise UserError(
            f'schedule.timezone = "{name}" is not known here; give a name such as "Europe/Zurich", or leave '
            "it out for the time of the machine."
        ) from None
