import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from components.ingest import IngestSettings
from components.ingest.data_file import Role
from components.ingest.grouping import join
from components.ingest.heldout import SplitBucket
from components.ingest.splits import Split, assign

ROWS = st.lists(
    st.tuples(st.sampled_from("abcdef"), st.integers(0, 8), st.integers(0, 5)), min_size=1, max_size=40
)


def bucket_of(rows):
    """Rows of (user, item, timestamp)."""
    users, items, timestamps = zip(*rows, strict=True)
    table = pa.table(
        {
            "user_id": pa.array(users).cast(pa.binary()),
            "item_id": pa.array(map(str, items)).cast(pa.binary()),
            "value": np.ones(len(rows), np.float32),
            "timestamp": pa.array(timestamps, pa.int64()),
        }
    )
    return join([(0, Role.INTERACTIONS, table)])


def split(rows, has_timestamps=True, cut_offs=None, feedback="implicit", seed=1, **choices):
    """{(user, item): split}."""
    run = IngestSettings(feedback=feedback, split=choices, seed=seed)
    bucket = bucket_of(rows)
    splits = assign(bucket, run, has_timestamps, cut_offs)
    users, items = bucket.user_ids.to_pylist(), bucket.item_ids.to_pylist()
    return {
        (users[user].decode(), items[item].decode()): Split(each).label
        for user, item, each in zip(bucket.interactions.user, bucket.interactions.item, splits, strict=True)
    }


def test_leave_one_out_takes_the_latest_and_the_one_before():
    rows = [("a", 1, 30), ("a", 2, 10), ("a", 3, 20), ("b", 1, 7), ("b", 2, 5), ("c", 1, 0)]
    assert split(rows) == {
        ("a", "1"): "test",
        ("a", "2"): "train",
        ("a", "3"): "eval",
        ("b", "1"): "test",
        ("b", "2"): "train",  # of two interactions none is left for eval
        ("c", "1"): "train",
    }


def test_ties_go_by_the_order_of_the_file():
    assert split([("a", item, 5) for item in (3, 1, 2)]) == {
        ("a", "3"): "train",
        ("a", "1"): "eval",
        ("a", "2"): "test",
    }


def test_without_timestamps_the_seed_draws():
    rows = [("a", item, 0) for item in range(30)]
    first = split(rows, has_timestamps=False)
    assert sorted(first.values()) == ["eval", "test"] + 28 * ["train"]
    assert split(rows[::-1], has_timestamps=False) == first
    assert any(split(rows, has_timestamps=False, seed=seed) != first for seed in (2, 3))


def test_temporal_cuts_at_the_given_seconds():
    rows = [("a", item, item) for item in range(6)]
    expected = ["train", "train", "eval", "eval", "test", "test"]
    assert list(split(rows, cut_offs=(2, 4), strategy="temporal").values()) == expected


def test_random_fractions_seeds_and_order():
    rows = [(user, item, 0) for user in "abcdefghij" for item in range(1000)]
    first = split(rows, strategy="random", eval_fraction=0.1, test_fraction=0.2)
    counts = {name: list(first.values()).count(name) for name in ("train", "eval", "test")}
    # Binomial with n = 10,000: four standard deviations are 120 (p = .1) and 160 (p = .2).
    assert abs(counts["eval"] - 1000) < 120
    assert abs(counts["test"] - 2000) < 160
    assert split(rows[::-1], strategy="random", eval_fraction=0.1, test_fraction=0.2) == first
    assert split(rows, strategy="random", eval_fraction=0.1, test_fraction=0.2, seed=2) != first


def test_random_decides_pair_by_pair():
    rows = [("a", item, 0) for item in range(50)]
    whole = split(rows, strategy="random")
    assert split(rows[:20], strategy="random").items() <= whole.items()


def test_given_leaves_the_last_out_for_eval():
    rows = [("a", 1, 3), ("a", 2, 1), ("b", 1, 0)]
    assert split(rows, strategy="given") == {("a", "1"): "eval", ("a", "2"): "train", ("b", "1"): "train"}


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_given_without_timestamps_leaves_the_last_row_of_the_file_out(seed):
    rows = [("a", item, 0) for item in (7, 3, 5, 1)]
    splits = split(rows, has_timestamps=False, seed=seed, strategy="given")
    assert [item for (_, item), name in splits.items() if name == "eval"] == ["1"]


def test_given_ratings_draw_a_fraction_for_eval():
    rows = [("a", item, 0) for item in range(2000)]
    splits = list(split(rows, feedback="explicit", strategy="given", eval_fraction=0.25).values())
    assert splits.count("test") == 0
    assert abs(splits.count("eval") - 500) < 4 * 19.4  # binomial


@settings(deadline=None)
@given(ROWS, st.sampled_from(["leave-one-out", "random", "temporal", "given"]), st.booleans())
def test_every_interaction_is_in_one_split_and_users_add_up(rows, strategy, has_timestamps):
    run = IngestSettings(feedback="implicit", split={"strategy": strategy})
    bucket = bucket_of(rows)
    parted = SplitBucket(bucket, assign(bucket, run, has_timestamps, (2, 4)))
    assert sum(len(parted.held_out(each)) for each in Split) == len({(user, item) for user, item, _ in rows})
    for each in Split:
        assert parted.users(each).tolist() == sorted(set(parted.held_out(each).user.tolist()))
    if strategy == "leave-one-out":
        assert len(parted.users(Split.TRAIN)) == len(bucket.user_ids)
        assert np.isin(parted.users(Split.EVAL), parted.users(Split.TEST)).all()


@pytest.mark.parametrize("seed", [0, 2**32 - 1])
def test_extreme_seeds(seed):
    assert len(split([("a", 1, 0)], strategy="random", seed=seed)) == 1
