import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from components.ingest.data_file import Role
from components.ingest.grouping import bucket_count, cut, join

PAIRS = st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("xyz"), st.integers(0, 3)), min_size=1)


def table(rows):
    """Rows of (user, item, timestamp); values count the rows."""
    users, items, timestamps = zip(*rows, strict=True)
    return pa.table(
        {
            "user_id": pa.array(users).cast(pa.binary()),
            "item_id": pa.array(items).cast(pa.binary()),
            "value": np.arange(len(rows), dtype=np.float32),
            "timestamp": pa.array(timestamps, pa.int64()),
        }
    )


def pairs(bucket, rows):
    users, items = bucket.user_ids.to_pylist(), bucket.item_ids.to_pylist()
    return [
        (users[user].decode(), items[item].decode(), value)
        for user, item, value in zip(rows.user, rows.item, rows.value, strict=True)
    ]


def test_a_bucket_is_a_few_megabytes():
    assert [bucket_count(size) for size in (0, 1, 4 << 20, (4 << 20) + 1, 1 << 50)] == [1, 1, 1, 2, 1024]


def test_users_stay_together_whatever_the_block():
    rows = [(f"user {number % 50}", "x", 0) for number in range(500)]
    of_user = {}
    for block in (rows[:123], rows[123:]):
        for bucket, piece in cut(table(block), 7):
            for user in piece.column("user_id").to_pylist():
                assert of_user.setdefault(user, bucket) == bucket
    assert len(of_user) == 50
    assert len(set(of_user.values())) == 7


def test_rows_are_sorted_by_user_and_time_and_ids_are_sorted():
    bucket = join(
        [(0, Role.INTERACTIONS, table([("b", "x", 2), ("a", "z", 5), ("b", "y", 1), ("a", "y", 5)]))]
    )
    assert bucket.user_ids.to_pylist() == [b"a", b"b"]
    assert bucket.item_ids.to_pylist() == [b"x", b"y", b"z"]
    assert pairs(bucket, bucket.interactions) == [("a", "z", 1), ("a", "y", 3), ("b", "y", 2), ("b", "x", 0)]


def test_a_pair_has_the_latest_value_and_the_first_time():
    rows = [("a", "x", 3), ("a", "x", 9), ("a", "y", 2), ("a", "x", 1)]
    bucket = join([(0, Role.INTERACTIONS, table(rows))])
    assert (pairs(bucket, bucket.interactions), bucket.duplicates) == ([("a", "x", 1), ("a", "y", 2)], 2)
    assert bucket.interactions.timestamp.tolist() == [1, 2]


def test_of_equal_timestamps_the_later_block_and_line_have_the_value_and_the_first_the_place():
    early, late = table([("a", "x", 0), ("a", "y", 0)]), table([("a", "z", 0), ("a", "x", 0), ("a", "x", 0)])
    for pieces in ([(3, early), (10, late)], [(10, late), (3, early)]):
        bucket = join([(ordinal, Role.INTERACTIONS, piece) for ordinal, piece in pieces])
        assert pairs(bucket, bucket.interactions) == [("a", "x", 2), ("a", "y", 1), ("a", "z", 0)]
        assert bucket.duplicates == 2


def test_pairs_of_test_are_taken_out_of_the_interactions():
    bucket = join(
        [
            (0, Role.INTERACTIONS, table([("a", "x", 0), ("a", "y", 0), ("b", "x", 0)])),
            (1, Role.TEST, table([("a", "x", 0), ("a", "z", 0), ("a", "z", 0)])),
            (2, Role.CANDIDATES, table([("a", "w", 0), ("a", "w", 0), ("a", "y", 0)])),
        ]
    )
    assert pairs(bucket, bucket.interactions) == [("a", "y", 1), ("b", "x", 2)]
    assert pairs(bucket, bucket.test) == [("a", "x", 0), ("a", "z", 2)]
    assert pairs(bucket, bucket.candidates) == [("a", "w", 1), ("a", "y", 2)]
    assert (bucket.duplicates, bucket.in_test) == (1, 1)


@given(PAIRS)
def test_nothing_is_lost(rows):
    bucket = join([(0, Role.INTERACTIONS, table(rows))])
    assert len(bucket.interactions) + bucket.duplicates == len(rows)
    times = {}
    for place, (user, item, timestamp) in enumerate(rows):
        times.setdefault((user, item), []).append((timestamp, place))
    expected = sorted((user, *min(when), item, max(when)[1]) for (user, item), when in times.items())
    assert pairs(bucket, bucket.interactions) == [(user, item, last) for user, _, _, item, last in expected]
    assert bucket.interactions.timestamp.tolist() == [first for _, first, *_ in expected]
