"""What is new, told from what the nights before have read."""

import datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from components.ingest.delivery import Delivery
from pipeline.schedule import news
from pipeline.schedule.memory import Memory, Reading

START = datetime.datetime(2026, 3, 1, 3).astimezone()  # in the time of the machine, as people read it
ONE = {"span-1/interactions.csv": "d1"}
TWO = {**ONE, "span-2/interactions.csv": "d2"}
THREE = {**TWO, "span-3/interactions.csv": "d3"}


def there(contents, empty=(), waiting=()):
    return Delivery(contents, tuple(empty), tuple(waiting))


def history(*nights):
    """What (outcome, contents) a night leave to know, from the first of March on, with the config "c"."""
    memory = Memory()
    for day, (outcome, contents) in enumerate(nights):
        at = START + datetime.timedelta(days=day)
        reading = Reading(at=at, contents=contents, config="c", reason="the data is bad")
        memory = memory.after(outcome, reading)
    return memory


def reason_to_skip(delivery, config, memory, spans=None):
    return news.reason_to_skip(delivery, config, memory, spans)


def test_first_night_runs():
    assert reason_to_skip(there(ONE), "c", Memory()) is None


@pytest.mark.parametrize("outcome", ["pushed", "kept"])
def test_nothing_new(outcome):
    reason = reason_to_skip(there(ONE), "c", history((outcome, ONE), ("skipped", {}), ("failed", {})))
    assert reason == "no new interactions since 2026-03-01 03:00"


def test_another_span():
    assert reason_to_skip(there(TWO), "c", history(("pushed", ONE))) is None


def test_another_content_of_the_same_span():
    mended = {"span-1/interactions.csv": "d1'"}
    assert reason_to_skip(there(mended), "c", history(("pushed", ONE))) is None


def test_another_config():
    assert reason_to_skip(there(ONE), "another", history(("pushed", ONE))) is None


def test_night_that_failed_is_made_up_for():
    assert reason_to_skip(there(TWO), "c", history(("pushed", ONE), ("failed", {}))) is None


def test_reasons_name_the_spans():
    contents = {**TWO, "span-4/interactions.csv": "d2"}
    delivery = there(contents, empty=["span-0", "span-3"], waiting=["span-5", "span-6"])
    assert reason_to_skip(delivery, "c", history(("pushed", TWO))) == (
        "no new interactions since 2026-03-01 03:00; span-3 has no rows; "
        "span-4 is a copy of what was read before; span-5 waits for _SUCCESS; span-6 waits for _SUCCESS"
    )


def test_refused_data_is_refused_once():
    nights = history(("pushed", ONE), ("rejected", TWO), ("skipped", {}))
    reason = reason_to_skip(there(TWO), "c", nights)
    assert reason.startswith("nothing has changed since 2026-03-02 03:00, when this was refused; --force")
    assert reason.endswith("the data is bad")


def test_refused_data_under_another_config():
    assert reason_to_skip(there(TWO), "another", history(("pushed", ONE), ("rejected", TWO))) is None


def test_refused_before_anything_was_trained():
    assert "was refused" in reason_to_skip(there(ONE), "c", history(("rejected", ONE)))
    assert reason_to_skip(there(TWO), "c", history(("rejected", ONE))) is None


def test_bad_span_taken_away():
    nights = history(("pushed", ONE), ("rejected", TWO))
    assert reason_to_skip(there(ONE), "c", nights) == "no new interactions since 2026-03-01 03:00"


def test_good_span_that_came_with_a_bad_one():
    """The bad span-2 is taken away; span-3 was delivered in time, and no run has learnt from it yet."""
    nights = history(("pushed", ONE), ("rejected", THREE))
    left = {name: digest for name, digest in THREE.items() if "span-2" not in name}
    assert reason_to_skip(there(left), "c", nights) is None


def test_refusals_before_the_last_training_count_for_nothing():
    nights = history(("rejected", THREE), ("pushed", THREE))
    assert reason_to_skip(there(THREE), "c", nights) == "no new interactions since 2026-03-02 03:00"


def test_span_that_was_learnt_from_and_is_taken_away():
    assert reason_to_skip(there(ONE), "c", history(("pushed", TWO))) is None
    assert reason_to_skip(there(ONE, empty=["span-2"]), "c", history(("pushed", TWO))) is None


def test_span_that_is_being_written_anew():
    reason = reason_to_skip(there(ONE, waiting=["span-2"]), "c", history(("pushed", TWO)))
    assert reason == "no new interactions since 2026-03-01 03:00; span-2 waits for _SUCCESS"


def test_span_under_another_name_is_still_there():
    renamed = {**ONE, "span-3/interactions.csv": "d2"}
    assert "no new interactions" in reason_to_skip(there(renamed), "c", history(("pushed", TWO)))


def test_span_that_left_the_window():
    """The last two are 3 and 4, and 4 is empty: 2 has not been taken away."""
    left = {"span-3/interactions.csv": "d3"}
    before = {"span-2/interactions.csv": "d2", **left}
    reason = reason_to_skip(there(left, empty=["span-4"]), "c", history(("pushed", before)), spans=2)
    assert reason == "no new interactions since 2026-03-01 03:00; span-4 has no rows"


def test_span_taken_away_from_the_window():
    older = {"span-1/interactions.csv": "d1", "span-3/interactions.csv": "d3"}
    before = {"span-2/interactions.csv": "d2", "span-3/interactions.csv": "d3"}
    memory = history(("pushed", {**older, **before}), ("pushed", before))
    assert reason_to_skip(there(older), "c", memory, spans=2) is None
    alone = {"span-3/interactions.csv": "d3"}  # the window is not full, so nothing has left it
    assert reason_to_skip(there(alone), "c", memory, spans=2) is None


def test_one_file_instead_of_spans():
    assert reason_to_skip(there({"interactions.csv": "d1"}), "c", history(("pushed", TWO))) is None


contents = st.dictionaries(st.integers(1, 4).map("span-{}/interactions.csv".format), st.sampled_from("abc"))
outcomes = st.sampled_from(["pushed", "kept", "skipped", "failed"])


@settings(deadline=None)
@given(delivered=contents, nights=st.lists(st.tuples(outcomes, contents), max_size=4))
def test_runs_exactly_when_other_contents_were_trained_on(delivered, nights):
    trained = [read for outcome, read in nights if outcome in ("pushed", "kept")]
    runs = not trained or set(delivered.values()) != set(trained[-1].values())
    assert (reason_to_skip(there(delivered), "c", history(*nights)) is None) == runs
