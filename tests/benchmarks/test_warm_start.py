"""How interactions are cut into nights, and when a curve has reached its target."""

import math

import numpy as np

from benchmarks.warm_start import epochs_to, smooth
from benchmarks.warm_start_data import Events, night, read_events


def test_epochs_to_a_target_count_from_one_and_are_infinite_without_any():
    assert epochs_to(0.5, [0.4, 0.6, 0.5]) == 2
    assert epochs_to(0.4, [0.4, 0.6]) == 1
    assert epochs_to(0.7, [0.4, 0.6]) == math.inf


def test_a_curve_is_smoothed_by_the_neighbours_of_each_epoch():
    np.testing.assert_allclose(smooth(np.array([1.0, 3, 8, 4])), [2, 4, 5, 6])


def test_a_night_holds_the_latest_out():
    # User 1 has items 7, 8, 9 and then 6, user 2 has 9, 8 and then 7; user 3 has too few to hold out both.
    users = np.array([1, 2, 1, 2, 1, 2, 3, 1, 3])
    items = np.array([7, 9, 8, 8, 9, 7, 8, 6, 5])
    known = night(Events(users, items, np.arange(9)))
    assert known.vocabularies["users"] == [b"1", b"2", b"3"]
    assert known.vocabularies["items"] == [b"8", b"9", b"7"]  # in train and eval, where 5 and 6 are not
    assert known.train.matrix.toarray().tolist() == [[1, 0, 1], [0, 1, 0], [1, 0, 0]]
    first, second = np.split(known.eval.item_indices, [known.eval.lengths[0]])
    assert known.eval.user_indices.tolist() == [0, 1]
    assert first.tolist() == [1, 3]  # 9, and 5, which is unknown: user 1 has all the others
    assert (second[0], second[1:].tolist()) == (0, [3, 3])
    assert known.eval.labels.tolist() == [1, 0, 1, 0, 0]


def test_a_pair_counts_at_its_first_time(tmp_path):
    rows = ["user_id,item_id,value,timestamp", "1,5,3,30", "1,5,4,10", "2,5,1,20"]
    (tmp_path / "interactions.csv").write_text("\n".join(rows))
    events = read_events(tmp_path)
    assert [events.users.tolist(), events.items.tolist(), events.timestamps.tolist()] == [
        [1, 2],
        [5, 5],
        [10, 20],
    ]
