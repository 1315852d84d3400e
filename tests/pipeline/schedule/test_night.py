"""Nights over real folders and a run that does what it is told."""

import json
import signal
import sys
import threading
from pathlib import Path

import pytest

from pipeline.schedule.order import Order
from schemas import schema_path
from tests.pipeline.schedule.shop import ROWS, kept, pushed
from tests.pipeline.searches import make_report, make_trial, write_search

FOR_HOOKS = "tee"  # writes its standard input into a file
OTHER_ROWS = ROWS + "u2,i2,2\n"


def test_pushed(shop):
    shop.expect(pushed(7))
    night = shop.night()
    assert (night.outcome, night.version, night.run_id) == ("pushed", 7, "run-7")
    assert (night.attempts, night.reason) == (1, "")
    assert shop.nights == [night]


def test_run_is_given_the_order(shop):
    order = Order("nightly", ("train.epochs=3", "data.spans=2"), None, shop.locations.root)
    assert order.command()[:4] == [sys.executable, "-m", "pipeline.cli", "run"]
    assert order.command()[4:] == [
        *("--config", "nightly", "--root", str(shop.locations.root)),
        *("--set", "train.epochs=3", "--set", "data.spans=2"),
    ]
    shop.expect(pushed(7))
    shop.night()
    expected = ["--config", "implicit", "--root", str(shop.locations.root), "--data", f"{shop.folder}/data"]
    assert shop.commands == [expected]


def test_kept(shop):
    shop.expect(kept("ndcg_at_10 is too low", "and worse than the champion's"))
    night = shop.night()
    assert (night.outcome, night.version) == ("kept", None)
    assert night.reason == "ndcg_at_10 is too low\nand worse than the champion's"


def test_model_that_serves_already_is_not_pushed_again(shop):
    version = shop.locations.serving / "7"
    version.mkdir(parents=True)
    (version / "saved_model.pb").touch()
    shop.expect(pushed(7))
    night = shop.night()
    assert (night.outcome, night.version, night.reason) == ("kept", None, "version 7 is this very model")


def test_skips_until_something_is_new(shop):
    shop.expect(pushed(7), pushed(8))
    shop.night()
    assert shop.night().outcome == "skipped"
    shop.deliver(2, "")
    assert shop.night().reason.endswith("; span-2 has no rows")
    shop.deliver(2, ROWS)
    night = shop.night()
    assert night.reason.endswith("; span-2 is a copy of what was read before")
    assert (night.outcome, night.attempts) == ("skipped", 0)
    shop.deliver(2, OTHER_ROWS)
    assert shop.night().version == 8
    assert [night.outcome for night in shop.nights] == ["pushed", "skipped", "skipped", "skipped", "pushed"]


def test_force(shop):
    shop.expect(pushed(7), pushed(8))
    shop.night()
    assert shop.night(force=True).version == 8


def test_another_config_is_news(shop):
    shop.expect(pushed(7), pushed(8))
    shop.night()
    shop.overrides = ("schedule.retries=0", "retention.runs=9")  # neither changes what a run does
    assert shop.night().outcome == "skipped"
    shop.overrides = ("train.epochs=3",)
    assert shop.night().version == 8


def test_another_schema_is_news(shop):
    schema = shop.folder / "mine.pbtxt"
    schema.write_text(Path(schema_path("implicit")).read_text())
    shop.overrides = (f"schema_file={schema}",)
    shop.expect(pushed(7), pushed(8))
    shop.night()
    assert shop.night().outcome == "skipped"
    schema.write_text(schema.read_text() + "\n")
    assert shop.night().version == 8


def test_newer_search_is_news_to_those_that_are_pinned_to_the_last(shop):
    shop.overrides = ("search.pinned=last",)
    shop.expect(pushed(7), pushed(8))
    night = shop.night()
    assert (night.outcome, shop.commands) == ("rejected", [])
    assert "no search has ended in this root yet" in night.reason
    write_search(shop.locations.searches / "2026-01-02", make_report(make_trial(1, 0.5)))
    assert shop.night().version == 7
    assert shop.night().outcome == "skipped"
    write_search(shop.locations.searches / "2026-01-09", make_report(make_trial(1, 0.5)))
    assert shop.night().version == 8


def test_rejected_by_the_run(shop):
    shop.expect({"errors": "span-1: item_ids drifted.\nMend it.", "status": 2})
    night = shop.night()
    assert (night.outcome, night.reason) == ("rejected", "span-1: item_ids drifted.\nMend it.")
    assert (night.attempts, shop.slept) == (1, [])
    assert shop.night().outcome == "skipped"


def test_rejected_before_the_run(shop):
    shop.deliver(2)
    (shop.folder / "data/span-2/interactions.tsv").write_text("x")
    night = shop.night()
    assert night.outcome == "rejected"
    assert "span-2 holds interactions.csv and interactions.tsv" in night.reason
    assert shop.commands == []


def test_config_that_is_no_longer_right(shop):
    shop.overrides = ("train.epoch=3",)
    night = shop.night()
    assert night.outcome == "rejected"
    assert "train.epoch is an unknown key" in night.reason


def test_version_of_an_attempt_that_broke_down_then_is_told_of(shop):
    """Once, by the night that comes to it; the next model like it is none."""
    shop.expect({"version": 7, "status": 1}, pushed(7), pushed(7))
    assert shop.night(retries=0).outcome == "failed"
    assert (shop.night().outcome, shop.nights[-1].version) == ("pushed", 7)
    assert shop.night(force=True).reason == "version 7 is this very model"


def test_breaks_down_and_is_tried_again(shop):
    failed = {"errors": "the end\nof the log\n\nOSError: no space\nThe run stopped.", "status": 1}
    shop.expect(failed, {"signal": signal.SIGKILL}, {"errors": "in use by another", "status": 3}, pushed(7))
    night = shop.night(retry_seconds=60)
    assert (night.outcome, night.attempts, night.reason) == ("pushed", 4, "")
    assert shop.slept == [60, 120, 240]
    assert [text.partition(". The next")[0] for text in shop.said] == [
        "Attempt 1 came to nothing: OSError: no space The run stopped.",
        "Attempt 2 came to nothing: the run was killed by SIGKILL, perhaps for want of memory",
        "Attempt 3 came to nothing: in use by another",
    ]


def test_breaks_down_for_good(shop):
    shop.expect(*[{"status": 1}] * 3)
    night = shop.night(retries=2)
    assert (night.outcome, night.attempts, night.cut_short) == ("failed", 3, False)
    (log,) = shop.locations.logs.glob("*-night.log")
    assert night.reason == f"the run ended with exit status 1; see {log}"
    assert [line for line in log.read_text().splitlines() if line] == ["attempt 1", "attempt 2", "attempt 3"]
    shop.expect(pushed(7))
    assert shop.night().outcome == "pushed"


def test_busy_for_long(shop):
    shop.expect(*[{"errors": "in use by `autoncf run`", "status": 3}] * 2)
    night = shop.night(retries=1)
    assert (night.outcome, night.reason) == ("skipped", "in use by `autoncf run`")


def test_takes_too_long(shop):
    shop.expect(shop.hanging())
    night = shop.night(timeout_minutes=1 / 60)
    assert (night.outcome, night.attempts) == ("failed", 1)
    assert "took longer than schedule.timeout_minutes = 0.0166667 and was ended" in night.reason
    shop.assert_nothing_hangs()


def test_stopped(shop):
    shop.expect(shop.hanging())

    def stop_once_it_hangs():
        shop.wait_until_it_hangs()
        shop.stopped.set()

    ending = threading.Thread(target=stop_once_it_hangs)
    ending.start()
    night = shop.night()
    ending.join()
    assert (night.outcome, night.attempts, night.cut_short) == ("failed", 1, True)
    assert "ended together with the schedule" in night.reason
    shop.assert_nothing_hangs()


def test_surprise_ends_one_night(shop, monkeypatch):
    """What nobody foresaw: no night ends the schedule."""
    monkeypatch.setattr("components.ingest.delivery.read_delivery", lambda *_: 1 / 0)
    night = shop.night()
    assert (night.outcome, night.reason) == ("failed", "ZeroDivisionError: division by zero")
    assert "Traceback" in shop.said[0]
    assert shop.nights == [night]


@pytest.mark.parametrize(
    ("step", "outcome", "hook"),
    [
        (pushed(7), "pushed", "on_push"),
        ({"errors": "bad rows", "status": 2}, "rejected", "on_failure"),
        ({"status": 1}, "failed", "on_failure"),
    ],
)
def test_hooks(shop, step, outcome, hook):
    shop.expect(step)
    night = shop.night(retries=0, **{hook: f"{FOR_HOOKS} {shop.folder}/told.json"})
    told = json.loads((shop.folder / "told.json").read_text())
    assert told["outcome"] == night.outcome == outcome
    assert told["reason"] == night.reason
    assert told["version"] == night.version
    assert told["root"] == str(shop.locations.root)
    assert told["text"].startswith(f"{shop.locations.root}: {outcome}")
    assert night.hook_failure == ""


def test_hook_that_fails_is_said_and_remembered(shop):
    shop.expect(pushed(7))
    night = shop.night(on_push="false")
    assert night.outcome == "pushed"
    assert shop.said == [night.hook_failure] == ["schedule.on_push could not be told: exit status 1"]
    assert shop.nights == [night]


def test_nobody_is_told_of_a_night_that_was_skipped_or_kept(shop):
    shop.expect(kept("it is worse"))
    hooks = {"on_push": "false", "on_failure": "false"}
    assert shop.night(**hooks).hook_failure == ""
    assert shop.night(**hooks).outcome == "skipped"
    assert shop.nights[-1].hook_failure == ""
