"""Examples of a handful of users, written out by hand."""

import numpy as np
import pyarrow as pa
import pytest

from components.ingest import IngestSettings
from components.ingest.catalogue import Catalogue
from components.ingest.data_file import Role
from components.ingest.examples import record_batch
from components.ingest.grouping import join
from components.ingest.heldout import SplitBucket
from components.ingest.splits import Split, assign


def table(rows):
    """Rows of (user, item, value, timestamp)."""
    users, items, values, timestamps = zip(*rows, strict=True)
    return pa.table(
        {
            "user_id": pa.array(users).cast(pa.binary()),
            "item_id": pa.array(items).cast(pa.binary()),
            "value": pa.array(values, pa.float32()),
            "timestamp": pa.array(timestamps, pa.int64()),
        }
    )


def examples(rows, settings, split, test=(), candidates=(), has_timestamps=True):
    """{user: features} of one split."""
    pieces = [
        (ordinal, role, table(some))
        for ordinal, (role, some) in enumerate(zip(Role, (rows, test, candidates), strict=True))
        if some
    ]
    bucket = join(pieces)
    parted = SplitBucket(bucket, assign(bucket, settings, has_timestamps, None))
    catalogue = Catalogue.merge([parted.catalogue()])
    batch = record_batch(parted, split, catalogue, settings, has_timestamps)
    return {row.pop("user_id")[0].decode(): row for row in batch.to_pylist()}


# Train counts under leave-one-out: x 2 (a, c), y 1 (a), z 0, w 0.
HISTORY = [
    ("a", "x", 1.0, 10),
    ("a", "y", 2.0, 20),
    ("a", "z", 3.0, 30),
    ("a", "w", 4.0, 40),
    ("b", "x", 5.0, 1),
    ("b", "y", 5.0, 2),
    ("c", "x", 1.0, 1),
]
RATINGS = IngestSettings(feedback="explicit")


def test_train_is_what_is_not_held_out():
    assert examples(HISTORY, RATINGS, Split.TRAIN) == {
        "a": {"item_ids": [b"x", b"y"], "values": [1, 2], "timestamps": [10, 20]},
        "b": {"item_ids": [b"x"], "values": [5], "timestamps": [1]},
        "c": {"item_ids": [b"x"], "values": [1], "timestamps": [1]},
    }


def test_eval_has_the_train_history_and_ratings_as_labels():
    assert examples(HISTORY, RATINGS, Split.EVAL) == {
        "a": {
            "item_ids": [b"x", b"y"],
            "values": [1, 2],
            "timestamps": [10, 20],
            "candidate_ids": [b"z"],
            "labels": [3],
            "user_activity": [b"1-9"],
            "item_popularity": [b"0"],  # nobody has z in train
        }
    }


def test_test_knows_eval_too():
    found = examples(HISTORY, RATINGS, Split.TEST)
    assert sorted(found) == ["a", "b"]
    assert found["a"]["item_ids"] == [b"x", b"y", b"z"]
    assert (found["a"]["candidate_ids"], found["a"]["labels"]) == ([b"w"], [4])
    assert found["b"]["item_popularity"] == [b"1-9"]  # y is in the train history of a


def test_without_timestamps_there_is_no_such_feature():
    assert "timestamps" not in examples(HISTORY, RATINGS, Split.TRAIN, has_timestamps=False)["c"]


def test_implicit_candidates_are_the_held_out_item_and_what_the_user_never_touched():
    settings = IngestSettings(feedback="implicit", negatives=2)
    others = [("d", item, 1.0, 0) for item in ("p", "q", "r")]
    found = examples(HISTORY + others, settings, Split.TEST)["a"]
    assert found["candidate_ids"][0] == b"w"
    assert found["labels"] == [1, 0, 0]
    assert set(found["candidate_ids"][1:]) < {b"p", b"q", b"r"}
    every = examples(HISTORY + others, settings.model_copy(update={"negatives": 99}), Split.TEST)["a"]
    assert set(every["candidate_ids"]) == {b"w", b"p", b"q", b"r"}  # no more are left


GIVEN = IngestSettings(feedback="implicit", split={"strategy": "given"}, negatives=1)


def test_given_candidates_are_kept_as_they_are_and_the_positive_stands_once():
    rows = [("a", "x", 1.0, 1), ("a", "y", 1.0, 2), ("b", "x", 1.0, 1)]
    given = [("a", item, 1.0, 0) for item in ("x", "z", "unheard", "z", "p")]
    found = examples(rows, GIVEN, Split.TEST, test=[("a", "p", 1.0, 3)], candidates=given)
    # x is a train item of a, "unheard" stands nowhere else: the raw protocol keeps both.
    assert found["a"]["candidate_ids"] == [b"p", b"x", b"z", b"unheard"]  # of z, the first one
    assert found["a"]["labels"] == [1, 0, 0, 0]
    assert found["a"]["item_ids"] == [b"x", b"y"]


def test_users_without_given_candidates_get_sampled_ones():
    rows = [("a", "x", 1.0, 1), ("b", "y", 1.0, 1)]
    found = examples(rows, GIVEN, Split.TEST, test=[("a", "p", 1.0, 3)])
    assert found["a"]["candidate_ids"] == [b"p", b"y"]


def test_given_eval_is_cut_from_train_with_sampled_negatives():
    rows = [("a", "x", 1.0, 1), ("a", "y", 1.0, 2), ("b", "z", 1.0, 1)]
    given = [("a", "z", 1.0, 0)]
    found = examples(rows, GIVEN, Split.EVAL, test=[("a", "p", 1.0, 3)], candidates=given)
    assert found == {
        "a": {
            "item_ids": [b"x"],
            "values": [1],
            "timestamps": [1],
            "candidate_ids": [b"y", b"z"],
            "labels": [1, 0],
            "user_activity": [b"1-9"],
            "item_popularity": [b"0"],
        }
    }


@pytest.mark.parametrize(("listed", "drawn"), [("z", {b"z"}), ("y", {b"z"}), ("x", {b"x", b"z", b"w"})])
def test_negatives_of_eval_are_known_items_where_those_of_test_are(listed, drawn):
    """Of x, y, z, w and p, user a has x and w in train, y in eval and p in test: z alone is unknown."""
    rows = [("a", "x", 1.0, 1), ("a", "w", 1.0, 2), ("a", "y", 1.0, 3), ("b", "z", 1.0, 1)]
    settings = GIVEN.model_copy(update={"negatives": 10})
    given = [("a", listed, 1.0, 0)]
    found = examples(rows, settings, Split.EVAL, test=[("a", "p", 1.0, 4)], candidates=given)
    assert found["a"]["candidate_ids"][0] == b"y"
    assert set(found["a"]["candidate_ids"][1:]) == drawn
    assert found["a"]["labels"] == [1] + [0] * len(drawn)


def test_a_user_without_history_is_in_test_alone():
    found = {
        split: examples([("b", "x", 1.0, 1)], GIVEN, split, test=[("a", "x", 1.0, 3)]) for split in Split
    }
    assert "a" not in found[Split.TRAIN]
    assert "a" not in found[Split.EVAL]
    assert found[Split.TEST]["a"]["item_ids"] is None
    assert found[Split.TEST]["a"]["user_activity"] == [b"0"]
    assert found[Split.TEST]["a"]["item_popularity"] == [b"1-9"]


@pytest.mark.parametrize(("count", "name"), [(1, b"1-9"), (9, b"1-9"), (10, b"10-99"), (1000, b"1000+")])
def test_activity_is_the_length_of_the_history(count, name):
    rows = [("a", f"i{number:04}", 1.0, number) for number in range(count + 2)]  # eval and test are held out
    found = examples(rows, RATINGS, Split.EVAL)
    assert found["a"]["user_activity"] == [name]


def test_popularity_is_the_median_over_the_held_out_items():
    settings = IngestSettings(
        feedback="explicit", split={"strategy": "temporal", "eval_from": 5, "test_from": 9}
    )
    # Train counts: x 1, y 18. Held out from a: both, median 9.5; from b: x; from c: x, y, new, median 1.
    rows = [("u0", "x", 1.0, 0)] + [(f"u{number}", "y", 1.0, 0) for number in range(18)]
    rows += [("a", "x", 1.0, 9), ("a", "y", 1.0, 9), ("b", "x", 1.0, 9)]
    rows += [("c", item, 1.0, 9) for item in ("x", "y", "new")]
    rows += [("d", "y", 1.0, 9)]
    bucket = join([(0, Role.INTERACTIONS, table(rows))])
    parted = SplitBucket(bucket, assign(bucket, settings, True, (5, 9)))
    batch = record_batch(parted, Split.TEST, Catalogue.merge([parted.catalogue()]), settings, True)
    assert batch.column(batch.schema.get_field_index("item_popularity")).to_pylist() == [
        [b"1-9"],
        [b"1-9"],
        [b"1-9"],
        [b"10-99"],
    ]


def test_the_catalogue_holds_every_item_with_its_train_count():
    first = Catalogue(pa.array([b"b", b"c"]), np.array([1, 0]))
    second = Catalogue(pa.array([b"a", b"b"]), np.array([2, 3]))
    merged = Catalogue.merge([first, second])
    assert merged.item_ids.to_pylist() == [b"a", b"b", b"c"]
    assert merged.train_counts.tolist() == [2, 4, 0]
    assert len(Catalogue.merge([]).item_ids) == 0
