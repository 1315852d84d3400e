"""How interactions are cut into nights, and when a curve has reached its target."""

import numpy as np
import pytest

from benchmarks.warm_start import epochs_to
from benchmarks.warm_start_data import Events, night, planted_events, read_events
from components.ingest.settings import SplitSettings

TEMPORAL = SplitSettings(strategy="temporal", eval_fraction=0.2, test_fraction=0.2)


def test_epochs_to_a_target_count_from_one_and_may_be_more_than_there_are():
    assert epochs_to(0.5, [0.4, 0.6, 0.5]) == 2
    assert epochs_to(0.4, [0.4, 0.6]) == 1
    assert epochs_to(0.7, [0.4, 0.6]) == 3


def test_a_night_is_cut_by_time():
    # Ten interactions: six train, two eval, two test.
    users = np.array([1, 1, 1, 2, 2, 2, 2, 3, 3, 1])
    items = np.array([7, 8, 9, 7, 8, 9, 5, 4, 7, 6])
    known = night(Events(users, items, np.arange(10)), TEMPORAL)
    assert known.vocabularies["users"] == [b"2", b"1", b"3"]  # 4, 3 and 1 interactions in train and eval
    assert known.vocabularies["items"] == [b"7", b"8", b"9", b"4", b"5"]
    assert known.train.matrix.toarray().tolist() == [[1, 1, 1, 0, 0], [1, 1, 1, 0, 0], [0, 0, 0, 0, 0]]
    # User 2 had everything but 4 and 6, which is in test alone; user 3 has 4 and 7.
    first, second = np.split(known.eval.item_indices, [known.eval.lengths[0]])
    assert known.eval.user_indices.tolist() == [0, 2]
    assert (first[0], sorted(first[1:])) == (4, [3, 5])
    assert (second[0], sorted(second[1:])) == (3, [1, 2, 4, 5])
    assert known.eval.labels.tolist() == [1, 0, 0, 1, 0, 0, 0, 0]


def test_a_pair_counts_at_its_first_time(tmp_path):
    rows = ["user_id,item_id,value,timestamp", "1,5,3,30", "1,5,4,10", "2,5,1,20"]
    (tmp_path / "interactions.csv").write_text("\n".join(rows))
    events = read_events(tmp_path)
    assert [events.users.tolist(), events.items.tolist(), events.timestamps.tolist()] == [
        [1, 2],
        [5, 5],
        [10, 20],
    ]


@pytest.mark.parametrize("share", [0.5, 0.9])
def test_planted_users_and_items_become_more(share):
    events = planted_events(days=20)
    earlier = events.until(int(share * 20 * 86_400))
    assert len(np.unique(earlier.users)) < len(np.unique(events.users))
    assert earlier.items.max() < events.items.max()
