import numpy as np

from models.interactions import Interactions


def test_histories_become_rows_and_unknown_ids_are_left_out():
    found = Interactions.from_histories(
        np.array([1, 0, 2]),  # user 2 is unknown
        np.array([2, 1, 1]),
        np.array([2, 0, 3, 1]),  # item 3 is unknown
        np.float32([4, 2, 9, 7]),
        shape=(2, 3),
    )
    np.testing.assert_array_equal(found.matrix.toarray(), [[0, 0, 0], [2, 0, 4]])


def test_pairs_list_every_known_cell(interactions):
    users, items, values = interactions.pairs()
    assert list(zip(users, items, values, strict=True)) == [
        (0, 0, 5),
        (0, 1, 3),
        (1, 1, 1),
        (1, 2, 4),
        (2, 0, 2),
    ]


def test_merge_holds_both(interactions):
    other = Interactions.from_histories(
        np.array([2]), np.array([2]), np.array([3, 1]), np.float32([1, 0]), shape=(3, 4)
    )
    merged = interactions.merge(other)
    assert merged.matrix.nnz == 7  # a known value of 0 is known
    assert merged.matrix[2, 3] == 1
