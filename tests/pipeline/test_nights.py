"""A week of nights in which things go wrong, with a server that is asked all the while."""

import pytest

from benchmarks.nights_month import EXPECTED, live_through
from benchmarks.nights_world import Shop
from pipeline.locations import Locations
from pipeline.summary import read_summaries
from serving.versions import list_versions

pytestmark = pytest.mark.slow

WEEK = {2: "empty", 3: "duplicate", 4: "drift", 6: "corrupt", 7: "worse"}
SMALL = ("train.epochs=8", "evaluation.thresholds={}", "retention.versions=2", "retention.runs=1")


@pytest.fixture(scope="module")
def week(tmp_path_factory):
    folder = tmp_path_factory.mktemp("week")
    return folder, live_through(folder, Shop(), 7, WEEK, SMALL)


def reasons(week):
    return {told.number: told.night.reason for told in week[1].told}


def test_every_night_ends_as_it_should(week):
    assert [told.night.outcome for told in week[1].told] == [EXPECTED[told.event] for told in week[1].told]


def test_reasons_name_the_span_and_what_is_wrong_with_it(week):
    said = reasons(week)
    assert "span-2 has no rows" in said[2]
    assert "span-3" in said[3]
    assert "span-4" in said[4]
    assert "item_ids" in said[4]
    assert "span-6" in said[6]
    assert "champion" in said[7]


def test_no_request_fails_and_only_blessed_versions_serve(week):
    assert week[1].requests > 100
    assert week[1].failures == []
    assert week[1].unblessed == set()
    assert week[1].served == {told.night.version for told in week[1].told if told.night.version}


def test_mended_spans_are_learnt_from(week):
    """Night 5 reads what was rejected in night 4, since mended."""
    folder, month = week
    summaries = read_summaries(Locations(folder / "root").summaries)
    rows = [summaries[told.night.run_id].rows["rows_read"] for told in month.told if told.night.run_id]
    shop = Shop()
    nights = {night: len(shop.night(night)) for night in range(1, 8)}
    assert rows == [
        nights[1],
        sum(nights[night] for night in (1, 3, 4, 5)),
        sum(nights[night] for night in (1, 3, 4, 5, 6, 7)),
    ]


def test_processes_end_in_silence(week):
    logs = list(Locations(week[0] / "root").logs.glob("*-night.log"))
    assert logs
    assert not [log for log in logs if "Exception ignored" in log.read_text()]


def test_disk_is_bounded(week):
    folder, month = week
    locations = Locations(folder / "root")
    assert len(list_versions(locations.serving)) == 2
    trained = list((locations.artifacts / "Trainer" / "model").iterdir())
    assert len(trained) <= 1 + sum(told.night.outcome == "rejected" for told in month.told)
