"""Nights on disks that are full or not there, and in roots that are in use."""

import dataclasses
import datetime
import errno
import json
import os

import pytest

from components.ingest import delivery
from pipeline.lock import hold_lock
from pipeline.run_failed import RunFailed
from pipeline.schedule.going_on import going_on
from pipeline.schedule.night import run_night
from tests.pipeline.schedule.shop import ROWS, pushed


def full_disk(*_):
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_spans_that_are_not_complete_yet_alarm_nobody(shop):
    shop.overrides = ("data.require_success=true",)
    night = shop.night(on_failure="false")
    assert (night.outcome, night.hook_failure) == ("skipped", "")
    assert "waits for a file _SUCCESS" in night.reason


def test_disk_that_is_not_there_for_a_while(shop, monkeypatch):
    """Once the folder is not there, once the network file system has lost its handle."""
    hidden = shop.folder / "hidden"
    (shop.folder / "data").rename(hidden)
    read, failures = delivery.read_delivery, [OSError(errno.ESTALE, "Stale file handle")]

    def read_delivery(*arguments):
        if failures:
            raise failures.pop()
        return read(*arguments)

    def mount(seconds):
        shop.slept.append(seconds)
        if hidden.exists():
            hidden.rename(shop.folder / "data")

    monkeypatch.setattr(delivery, "read_delivery", read_delivery)
    shop.expect(pushed(7))
    attempts = dataclasses.replace(shop.attempts(retry_seconds=60), sleep=mount)
    night = run_night(shop.order, attempts)
    assert (night.outcome, night.attempts, shop.slept) == ("pushed", 1, [60, 120])
    assert f"{shop.folder}/data: there is no such folder; mount its disk" in shop.said[0]
    assert "Stale file handle" in shop.said[1]


def test_disk_that_is_not_there_for_long(shop):
    (shop.folder / "data").rename(shop.folder / "hidden")
    night = shop.night(retries=2)
    assert (night.outcome, night.attempts, shop.slept) == ("failed", 0, [60, 120])
    assert "mount its disk" in night.reason


def test_root_that_cannot_be_made(shop):
    shop.locations.root.write_text("a file")
    with pytest.raises(RunFailed, match=r"this night was failed: --root .*cannot be made \(File exists"):
        shop.night(on_failure=f"tee {shop.folder}/told.json")
    assert json.loads((shop.folder / "told.json").read_text())["outcome"] == "failed"
    assert shop.said == []  # and no traceback


def test_one_night_at_a_time(shop):
    with going_on(datetime.datetime.now().astimezone(), shop.ending()):
        night = shop.night()
    assert (night.outcome, shop.commands) == ("skipped", [])
    assert "in use by `autoncf schedule` (process " in night.reason


@pytest.mark.parametrize(("minutes", "outcome"), [(350, "skipped"), (370, "failed")])
def test_root_that_is_in_use_for_too_long(shop, minutes, outcome):
    """What hangs while it holds the root would otherwise make every night pass in silence."""
    since = datetime.datetime.now().astimezone() - datetime.timedelta(minutes=minutes)
    shop.locations.root.mkdir()
    shop.expect({"errors": "in use by `autoncf run`", "status": 3})
    with hold_lock(shop.locations.lock, "autoncf run", since):
        night = shop.night(retries=0, timeout_minutes=360)
    assert night.outcome == outcome
    too_long = "\nthat is longer than schedule.timeout_minutes = 360"
    assert night.reason == "in use by `autoncf run`" + (too_long if outcome == "failed" else "")


def test_history_stays_small(shop):
    """The digests of all files are kept of the last nights alone."""
    shop.expect(pushed(7))
    shop.deliver(2, ROWS + "u2,i2,2\n")
    shop.night()
    assert "span-" not in shop.locations.history.read_text()
    assert shop.night().outcome == "skipped"


def test_memory_that_cannot_be_written(shop, monkeypatch):
    shop.expect(pushed(7), pushed(7))
    monkeypatch.setattr("pipeline.schedule.night.write_memory", full_disk)
    assert shop.night().outcome == "pushed"
    assert "history.memory.json: cannot be written (No space left on device); the next night" in shop.said[0]
    assert shop.night().outcome == "kept"


def test_memory_that_is_none(shop):
    shop.expect(pushed(7))
    shop.locations.root.mkdir()
    (shop.locations.root / "history.memory.json").write_text("{")
    night = shop.night()
    assert (night.outcome, shop.commands) == ("rejected", [])
    assert "history.memory.json: is not what the schedule wrote" in night.reason
    assert shop.night(force=True).outcome == "pushed"
    assert shop.night().outcome == "skipped"


def test_history_that_cannot_be_written(shop, monkeypatch):
    shop.expect(pushed(7))
    monkeypatch.setattr("pipeline.schedule.ending.append_night", full_disk)
    with pytest.raises(RunFailed, match=r"history\.jsonl: cannot be written .* was pushed version 7"):
        shop.night()
