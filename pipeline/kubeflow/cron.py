"""Times of a crontab, in the words of Kubeflow Pipelines."""

import datetime

from models.errors import UserError
from pipeline.schedule.cron import CronField, parse_cron, read_fields


def kubeflow_cron(text: str) -> str:
    """Six fields, seconds first, where a crontab has five.

    Kubeflow reads five fields as well, but from the seconds on. It knows Sunday as 0 and not as 7; so every
    field that is restricted is written out in numbers.

    Args:
        text: such as "0 3 * * 1-5" or "@daily".

    Raises:
        UserError: as `pipeline.schedule.cron.parse_cron`.
    """
    parse_cron(text)
    minute, hour, day, month, weekday = read_fields(text)
    weekdays = CronField(weekday.text, sorted({number % 7 for number in weekday.numbers}))
    return " ".join(["0", *map(_written_out, (minute, hour, day, month, weekdays))])


def _written_out(field: CronField) -> str:
    numbers = ",".join(map(str, field.numbers))
    if not field.is_open:
        return numbers
    star, *others = field.text.split(",")
    return f"{star},{numbers}" if others else star


def next_run(cron: str) -> datetime.datetime | None:
    """When a recurring run is due next, in UTC; None for what only Kubeflow's own cron knows.

    Args:
        cron: as the server has it.
    """
    seconds, _, fields = cron.partition(" ")
    if seconds != "0":
        return None
    try:
        trigger = parse_cron(fields.replace("?", "*"), "UTC")
    except UserError:
        return None
    return trigger.get_next_fire_time(None, datetime.datetime.now(datetime.timezone.utc))
