import numpy as np
import pytest

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
    assert found.matrix.has_sorted_indices


def test_pairs_list_every_known_cell(interactions):
    users, items, values = interactions.pairs()
    assert list(zip(users, items, values, strict=True)) == [
        (0, 0, 5),
        (0, 1, 3),
        (1, 1, 1),
        (1, 2, 4),
        (2, 0, 2),
    ]
    assert (users.dtype, items.dtype, values.dtype) == (np.int64, np.int64, np.float32)


def with_a_known_zero():
    return Interactions.from_histories(
        np.array([2]), np.array([2]), np.array([3, 1]), np.float32([1, 0]), shape=(3, 4)
    )


def test_merge_holds_both(interactions):
    merged = interactions.merge(with_a_known_zero())
    assert merged.matrix.nnz == 7  # a known value of 0 is known
    assert merged.matrix[2, 3] == 1
    assert merged.matrix.has_sorted_indices


def test_binarized_interactions_are_the_same_pairs_of_value_one(interactions):
    binary = interactions.binarized()
    np.testing.assert_array_equal(binary.matrix.toarray(), [[1, 1, 0, 0], [0, 1, 1, 0], [1, 0, 0, 0]])
    assert interactions.matrix[0, 0] == 5
    users, items, values = with_a_known_zero().binarized().pairs()
    assert list(zip(users, items, values, strict=True)) == [(2, 1, 1), (2, 3, 1)]


@pytest.mark.parametrize("shape", [(3, 4), (1, 1)])
def test_shape_is_numbers_of_users_and_items(shape):
    nobody = np.empty(0, np.int64)
    empty = Interactions.from_histories(nobody, nobody, nobody, np.empty(0, np.float32), shape)
    assert (empty.users, empty.items, empty.matrix.nnz) == (*shape, 0)
