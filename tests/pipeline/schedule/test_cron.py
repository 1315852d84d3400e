"""When a crontab's times come. 2026-03-01 is a Sunday."""

import datetime
from itertools import islice
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.errors import UserError
from pipeline.schedule.cron import WEEKDAYS, parse_cron

UTC = ZoneInfo("UTC")
SUNDAY = datetime.datetime(2026, 3, 1, tzinfo=UTC)


def times(text, count, start=SUNDAY, timezone="UTC"):
    """The first times from `start` on."""

    def follow():
        trigger, before, now = parse_cron(text, timezone), None, start
        while True:
            before = trigger.get_next_fire_time(before, now)
            now = before
            yield before

    return list(islice(follow(), count))


def days(text, count):
    """The same as days of March 2026 (1 is a Sunday)."""
    return [time.day for time in times(text, count)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0 3 * * *", [1, 2, 3]),
        ("0 3 * * 0", [1, 8, 15]),
        ("0 3 * * 7", [1, 8, 15]),
        ("0 3 * * SUN", [1, 8, 15]),
        ("0 3 * * 1", [2, 9, 16]),
        ("0 3 * * 5-7", [1, 6, 7]),
        ("0 3 * * mon-fri", [2, 3, 4, 5, 6, 9]),
        ("0 3 * * mon-fri/2", [2, 4, 6, 9]),
        ("0 3 * * */3", [1, 4, 7, 8]),  # Sunday, Wednesday, Saturday
        ("0 3 * * 1,3", [2, 4, 9]),
        ("0 3 */10 * *", [1, 11, 21, 31]),
        ("0 3 25/3 * *", [25, 28, 31]),
        ("0 3 13 * 5", [6, 13, 20, 27]),  # the 13th and every Friday, which it is
        ("0 3 10 * fri", [6, 10, 13, 20]),
        ("0 3 */2 * 1", [9, 23]),  # odd days that are Mondays: a star wants both
        ("@weekly", [1, 8, 15]),
    ],
)
def test_days(text, expected):
    assert days(text, len(expected)) == expected


def test_minutes_and_hours():
    expected = [(0, 15), (0, 45), (12, 15), (12, 45), (0, 15)]
    assert [(time.hour, time.minute) for time in times("15,45 */12 * * *", 5)] == expected


def test_months_by_name_keep_their_step():
    assert [time.month for time in times("0 0 1 jan-dec/5 *", 4)] == [6, 11, 1, 6]


def test_time_zone():
    first = times("0 3 * * *", 1, timezone="Europe/Zurich")[0]
    assert first.astimezone(UTC) == datetime.datetime(2026, 3, 1, 2, tzinfo=UTC)


def test_machine_has_a_time_zone():
    assert parse_cron("0 3 * * *").get_next_fire_time(None, SUNDAY).hour == 3


@settings(deadline=None)
@given(minute=st.integers(0, 59), hour=st.integers(0, 23), weekday=st.integers(0, 7), day=st.integers(1, 31))
def test_either_day_is_enough(minute, hour, weekday, day):
    """Against a walk over every minute's day, one by one."""
    time = SUNDAY.replace(hour=hour, minute=minute)
    while time.day != day and (time.weekday() + 1) % 7 != weekday % 7:
        time += datetime.timedelta(days=1)
    assert times(f"{minute} {hour} {day} * {weekday}", 1) == [time]


def test_names_of_weekdays_are_those_of_the_calendar():
    assert [WEEKDAYS[(SUNDAY + datetime.timedelta(days=n)).isoweekday() % 7] for n in range(7)] == list(
        WEEKDAYS
    )


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("0 3 * *", ["has 4 fields instead of five", "0 3 * * *", "@daily"]),
        ("", ["has 0 fields"]),
        ("61 3 * * *", ["'61' is no minute", "from 0 to 59", "such as */2"]),
        ("0 24 * * *", ["'24' is no hour", "0 to 23"]),
        ("0 3 0 * *", ["'0' is no day of the month", "1 to 31"]),
        ("0 3 last * *", ["'last' is no day of the month"]),
        ("0 3 * 13 *", ["'13' is no month", "jan-dec"]),
        ("0 3 * * 8", ["'8' is no day of the week", "0 to 7 or sun-sat"]),
        ("0 3 * * 1,,2", ["'' is no day of the week"]),
        ("0 5-3 * * *", ["'5-3' is no hour"]),
        ("*/0 3 * * *", ["'*/0' is no minute"]),
        ("0 1_0 * * *", ["'1_0' is no hour"]),
        ("0 3 30 2 *", ["never comes", "month 2", "day 30"]),
    ],
)
def test_mistakes(text, parts):
    with pytest.raises(UserError) as error:
        parse_cron(text)
    assert f'cron "{text}"' in str(error.value)
    for part in parts:
        assert part in str(error.value)


@pytest.mark.parametrize("name", ["Europe/Atlantis", "../etc/passwd", "America"])
def test_unknown_time_zone(name):
    with pytest.raises(UserError, match=r"schedule\.timezone = .* is not known here"):
        parse_cron("0 3 * * *", name)
