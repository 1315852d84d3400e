"""The DeepCF authors' sets as matrices."""

import pytest

from benchmarks.deepcf import load


@pytest.fixture
def data(tmp_path):
    """Users 3 and 10, items 5, 7 and 20 in train; item 9 and user 4 are not there."""
    (tmp_path / "interactions.csv").write_text("user_id,item_id,value\n3,5,13\n10,7,2\n10,20,1\n3,20,4\n")
    (tmp_path / "test.csv").write_text("user_id,item_id,value\n3,7,8\n10,5,1\n4,5,2\n")
    candidates = ["3,9", "3,7", "3,20", "3,9", "10,9", "4,7"]
    (tmp_path / "candidates.csv").write_text("\n".join(["user_id,item_id", *candidates, ""]))
    return load(tmp_path)


def test_indices_are_positions_among_sorted_train_ids(data):
    # Ids are texts: users 10, 3; items 20, 5, 7.
    assert data.train.matrix.toarray().tolist() == [[1, 0, 1], [1, 1, 0]]


def test_lists_start_with_the_held_out_item(data):
    lists = {}
    start = 0
    for user, length in zip(data.test.user_indices, data.test.lengths, strict=True):
        part = slice(start, start + length)
        lists[user] = (data.test.item_indices[part].tolist(), data.test.labels[part].tolist())
        start += length
    assert start == len(data.test.labels) == len(data.test.item_indices)
    assert lists == {
        1: ([2, 3, 0], [1, 0, 0]),  # of 7, 9, 7, 20, 9 the copies are gone; 9 is unknown
        0: ([1, 3], [1, 0]),
        2: ([1, 2], [1, 0]),  # an unknown user
    }
