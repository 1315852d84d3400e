"""Nights that were cut off, and what a schedule that starts makes up for."""

import datetime
import json
import signal
import subprocess
import sys

import pytest

from pipeline.history import Night, append_night
from pipeline.schedule.cron import parse_cron
from pipeline.schedule.going_on import close_unfinished, going_on, night_lock, reason_to_make_up

AT = datetime.datetime(2026, 3, 1, 3, tzinfo=datetime.timezone.utc)
DAILY = parse_cron("0 3 * * *", "UTC")
NIGHT = """
import datetime, sys, time
from pathlib import Path
from pipeline.locations import Locations
from pipeline.schedule.ending import Ending
from pipeline.schedule.going_on import going_on
from pipeline.schedule.settings import ScheduleSettings
at = datetime.datetime.fromisoformat(sys.argv[2])
with going_on(at, Ending(Locations(Path(sys.argv[1])), ScheduleSettings(), print)):
    print("goes on", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def killed_night(shop):
    """A night whose process was killed with -9 while it went on."""
    command = [sys.executable, "-c", NIGHT, str(shop.locations.root), AT.isoformat()]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline() == "goes on\n"
        process.kill()
    return shop


def test_night_that_was_killed_is_remembered_and_told_of(killed_night):
    shop = killed_night
    close_unfinished(shop.ending(on_failure=f"tee {shop.folder}/told.json"))
    (night,) = shop.nights
    assert (night.at, night.outcome, night.cut_short) == (AT, "failed", True)
    assert night.reason == "the schedule ended before this night did, as in a crash or a reboot"
    assert json.loads((shop.folder / "told.json").read_text())["reason"] == night.reason
    close_unfinished(shop.ending())
    assert len(shop.nights) == 1


def test_next_night_finds_it_too(killed_night):
    killed_night.expect({"status": 1})
    killed_night.night(retries=0)
    assert [(night.outcome, night.cut_short) for night in killed_night.nights] == [
        ("failed", True),
        ("failed", False),
    ]


def test_night_that_was_killed_after_its_line_is_not_remembered_twice(killed_night):
    append_night(killed_night.locations.history, Night(at=AT, outcome="pushed", version=7))
    close_unfinished(killed_night.ending())
    assert [night.outcome for night in killed_night.nights] == ["pushed"]


def test_night_of_another_schedule_that_goes_on_is_not_unfinished(shop):
    with going_on(AT, shop.ending()):
        close_unfinished(shop.ending())
    assert shop.nights == []
    assert not night_lock(shop.locations).with_suffix(".holder.json").exists()


def nights(*outcomes):
    """A night a day from the first of March on; "cut" are cut short."""
    return [
        Night(at=AT + datetime.timedelta(days=day), outcome="failed", cut_short=True)
        if outcome == "cut"
        else Night(at=AT + datetime.timedelta(days=day), outcome=outcome)
        for day, outcome in enumerate(outcomes)
    ]


@pytest.mark.parametrize(
    ("past", "day", "hour", "reason"),
    [
        ([], 1, 4, None),
        (nights("pushed"), 1, 23, None),
        (nights("pushed"), 2, 4, "the night of 2026-03-02 03:00 was missed"),
        (nights("skipped"), 5, 2, "the night of 2026-03-02 03:00 was missed"),
        (nights("failed"), 1, 4, None),
        (nights("pushed", "cut"), 2, 4, "was cut short"),
        (nights("cut", "cut", "cut"), 3, 4, "was cut short"),
        (nights("cut", "cut", "cut", "cut"), 4, 4, None),  # retries = 3
        (nights("cut", "pushed"), 2, 4, None),
        # The clock was wrong for a while: the third is still to come.
        ([nights("kept", "kept", "kept")[2], *nights("pushed")], 2, 4, "the night of 2026-03-02 03:00 was"),
    ],
)
def test_what_is_made_up_for(past, day, hour, reason):
    now = AT.replace(day=day, hour=hour)
    made_up = reason_to_make_up(DAILY, past, 3, now)
    assert made_up is None if reason is None else reason in made_up


def test_run_of_a_schedule_that_is_killed_dies_with_it(shop):
    """Otherwise it would hold the root, with nobody to end it."""
    shop.expect(shop.hanging(alone=True))
    schedule = (
        "import sys, threading\nfrom pathlib import Path\n"
        "from pipeline.schedule.attempts import Attempts\n"
        "from pipeline.schedule.settings import ScheduleSettings\n"
        "Attempts(ScheduleSettings(), threading.Event(), print).run(sys.argv[2:], Path(sys.argv[1]))\n"
    )
    log = shop.locations.logs / "x-night.log"
    with subprocess.Popen([sys.executable, "-c", schedule, str(log), *shop.order.command()]) as process:
        shop.wait_until_it_hangs()
        process.send_signal(signal.SIGKILL)
    shop.assert_nothing_hangs()
