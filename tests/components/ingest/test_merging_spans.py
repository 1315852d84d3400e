"""Spans that come late, again or with rows of others, merged as a few lines of plain Python would."""

import itertools
import shutil

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from components.ingest import IngestSettings
from components.ingest.blocks import plan_blocks
from components.ingest.checking import read_report
from components.ingest.component import InteractionExampleGen
from components.ingest.examples import span_record_batch
from components.ingest.grouping import cut, join
from components.ingest.pieces import pack, unpack
from components.ingest.reader import read_block
from components.ingest.source import find_files
from tests.components.ingest.executing import read, run

EXPLICIT = IngestSettings(feedback="explicit")
RATINGS = (0.5, 5.0)
HEADER = "user_id,item_id,value,timestamp\n"
ROW = st.tuples(st.sampled_from("abc"), st.sampled_from("xyz"), st.integers(1, 5), st.integers(0, 3))
DELIVERIES = st.lists(
    st.tuples(st.integers(0, 12), st.lists(ROW, min_size=1, max_size=8)), min_size=1, max_size=6
)
"""Number and rows of every span, in the order they arrive; a number that comes again replaces the first."""


def csv(rows):
    return HEADER + "".join(f"{','.join(map(str, row))}\n" for row in rows)


def buckets_of(folder, block_bytes, spans=None):
    """Read and group as the Beam side does, blocks in a strange order; yields buckets of one user or more."""
    plan = plan_blocks(find_files(folder, EXPLICIT), EXPLICIT, block_bytes)
    pieces = {}
    for block in reversed(plan.blocks):
        if spans is None or block.file.span in spans:
            for number, table in cut(read_block(block, EXPLICIT, RATINGS, 100).table, 3):
                pieces.setdefault(number, []).append(pack(block, table))
    return [join(map(unpack, some)) for some in pieces.values()]


def merged(spans):
    """{user: [(item, value, timestamp)]} of {number: rows}: latest value, first time, ordered by time."""
    rows = [row for number in sorted(spans) for row in spans[number]]
    times = {}
    for place, (user, item, value, timestamp) in enumerate(rows):
        times.setdefault((user, item), []).append((timestamp, place, value))
    users = {}
    for (user, item), seen in sorted(times.items(), key=lambda each: min(each[1])):
        users.setdefault(user, []).append((item, max(seen)[2], min(seen)[0]))
    return users


def as_lists(bucket):
    users, items = bucket.user_ids.to_pylist(), bucket.item_ids.to_pylist()
    found = {}
    rows = bucket.interactions
    for user, item, value, time in zip(rows.user, rows.item, rows.value, rows.timestamp, strict=True):
        found.setdefault(users[user].decode(), []).append((items[item].decode(), value, time))
    return found


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(DELIVERIES, st.integers(16, 200))
def test_late_repeated_and_overlapping_spans(folder_with, tmp_path, deliveries, block_bytes):
    shutil.rmtree(tmp_path / "data", ignore_errors=True)
    for number, rows in deliveries:
        folder = folder_with({f"span-{number}/interactions.csv": csv(rows)})
    spans = dict(deliveries)

    buckets = buckets_of(folder, block_bytes)
    found = {user: rows for bucket in buckets for user, rows in as_lists(bucket).items()}
    assert found == merged(spans)
    kept = sum(map(len, found.values()))
    assert kept + sum(bucket.duplicates for bucket in buckets) == sum(map(len, spans.values()))

    newest = max(spans)
    batches = [span_record_batch(bucket) for bucket in buckets_of(folder, block_bytes, spans=[newest])]
    alone = merged({newest: spans[newest]})
    assert {
        row["user_id"][0].decode(): (row["item_ids"], row["values"], row["activity"])
        for row in itertools.chain.from_iterable(batch.to_pylist() for batch in batches)
    } == {
        user: ([item.encode() for item, _, _ in rows], [value for _, value, _ in rows], [len(rows)])
        for user, rows in alone.items()
    }


def test_what_was_learnt_once_is_never_held_out(folder_with, tmp_path):
    ordinary = [(f"u{user}", f"i{item}", 3, 10 * item + user) for user in range(4) for item in range(1, 7)]
    spans = {
        1: [row for row in ordinary if row[3] < 40],
        2: [row for row in ordinary if row[3] >= 40],
        # Tonight u1 rates i1 again, and a row of u2 from long ago arrives late.
        3: [("u1", "i1", 5, 99), ("u2", "old", 4, 2), ("u0", "i9", 4, 95)],
    }
    folder = folder_with({f"span-{number}/interactions.csv": csv(rows) for number, rows in spans.items()})
    by_time = {"strategy": "temporal", "eval_from": 50, "test_from": 60}
    component = InteractionExampleGen(folder, IngestSettings(feedback="explicit", split=by_time), "explicit")
    examples = run(component, tmp_path / "out")
    train, test = read(examples, "train"), read(examples, "test")
    history = train["u1"].features.feature
    assert list(history["item_ids"].bytes_list.value) == [b"i1", b"i2", b"i3", b"i4"]
    assert list(history["values"].float_list.value) == [5, 3, 3, 3]
    assert list(history["timestamps"].int64_list.value) == [11, 21, 31, 41]
    assert train["u2"].features.feature["item_ids"].bytes_list.value[0] == b"old"
    assert list(test["u1"].features.feature["candidate_ids"].bytes_list.value) == [b"i6"]
    assert list(test["u0"].features.feature["candidate_ids"].bytes_list.value) == [b"i6", b"i9"]
    report = read_report(examples.uri)
    assert (report.duplicates, report.first_timestamp, report.last_timestamp) == (1, 2, 99)
    assert [span.rows for span in report.spans] == [12, 12, 3]
