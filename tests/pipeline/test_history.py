"""The history survives what a crash leaves of it."""

import datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.errors import UserError
from pipeline.history import Night, append_night, read_nights

AT = datetime.datetime(2026, 3, 1, 3, tzinfo=datetime.timezone.utc)
PUSHED = Night(
    at=AT,
    outcome="pushed",
    version=7,
    run_id="2026-03-01T03:00:01.5",
    attempts=2,
    seconds=61.5,
    cut_short=False,
)
SKIPPED = Night(at=AT + datetime.timedelta(days=1), outcome="skipped", reason="span-2 has no rows")


@pytest.fixture
def history(tmp_path):
    return tmp_path / "root" / "history.jsonl"


def test_empty_before_the_first_night(history):
    assert read_nights(history) == []


def test_nights_in_their_order(history):
    append_night(history, PUSHED)
    append_night(history, SKIPPED)
    assert read_nights(history) == [PUSHED, SKIPPED]


@settings(deadline=None)
@given(lost=st.integers(1, len(PUSHED.model_dump_json()) + 1))
def test_last_line_cut_off_anywhere(tmp_path_factory, lost):
    """A crash may leave any beginning of the last line; neither reading nor going on minds."""
    history = tmp_path_factory.mktemp("cut") / "history.jsonl"
    append_night(history, SKIPPED)
    append_night(history, PUSHED)
    history.write_bytes(history.read_bytes()[:-lost])
    left = [SKIPPED, PUSHED] if lost == 1 else [SKIPPED]  # the first byte lost is the end of the line
    assert read_nights(history) == left
    append_night(history, SKIPPED)
    assert read_nights(history) == [*left, SKIPPED]


def test_zeros_that_a_power_failure_left(history):
    append_night(history, PUSHED)
    with history.open("ab") as file:
        file.write(bytes(100))
    append_night(history, SKIPPED)
    assert read_nights(history) == [PUSHED, SKIPPED]


def test_key_of_a_later_release(history):
    append_night(history, PUSHED)
    history.write_text(history.read_text().replace('{"at"', '{"moon":"full","at"'))
    assert read_nights(history) == [PUSHED]


def test_line_that_is_no_night(history):
    append_night(history, PUSHED)
    with history.open("a") as file:
        file.write('{"at": "2026-03-01T03:00:00Z", "outcome": "fine"}\n')
    with pytest.raises(UserError, match=r"history\.jsonl: line 2 is no night \(outcome: .*remove that line"):
        read_nights(history)
