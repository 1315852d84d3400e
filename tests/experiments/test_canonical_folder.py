"""A folder as matrices: what counts, in which order, and how often."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models.errors import UserError
from pipeline.experiments.canonical_folder import read_ranking_data, read_ratings

# Users as texts in order: "10", "3", "4", "5"; items: "20", "5", "7", "9".
INTERACTIONS = ["3,7,13", "10,7,2", "10,20,1", "3,20,4", "5,9,0", "5,20,-1"]
TEST = ["3,5,8", "10,5,1", "4,5,2"]
CANDIDATES = ["3,9", "3,5", "4,7", "3,20", "3,9", "10,9", "5,9"]


def write(
    folder: Path, interactions: list[str] = INTERACTIONS, test: list[str] = TEST, candidates=CANDIDATES
) -> Path:
    tables = {
        "interactions": ["user_id,item_id,value", *interactions],
        "test": ["user_id,item_id,value", *test],
        "candidates": ["user_id,item_id", *candidates],
    }
    for name, lines in tables.items():
        (folder / f"{name}.csv").write_text("\n".join([*lines, ""]))
    return folder


def lists(data) -> list[tuple[int, list[int], list[float]]]:
    ends = np.cumsum(data.test.lengths)
    return [
        (int(user), data.test.item_indices[start:end].tolist(), data.test.labels[start:end].tolist())
        for user, start, end in zip(data.test.user_indices, ends - data.test.lengths, ends, strict=True)
    ]


def test_every_value_above_zero_is_an_interaction(tmp_path):
    data = read_ranking_data("mine", write(tmp_path))
    assert (data.name, data.feedback) == ("mine", "implicit")
    assert data.train.matrix.toarray().tolist() == [[1, 0, 1, 0], [1, 0, 1, 0], [0, 0, 0, 0], [0, 0, 0, 0]]
    assert data.train.matrix.dtype == np.float32
    assert data.train.matrix.has_sorted_indices


def test_last_items_are_those_of_the_last_rows(tmp_path):
    # The last rows of users 10 and 3 are about item 20; users 4 and 5 have no interaction.
    assert read_ranking_data("mine", write(tmp_path)).last_items.tolist() == [0, 0, -1, -1]
    turned = write(tmp_path, INTERACTIONS[::-1])
    assert read_ranking_data("mine", turned).last_items.tolist() == [2, 2, -1, -1]


def test_lists_are_those_of_the_test_rows_with_the_held_out_item_first(tmp_path):
    assert lists(read_ranking_data("mine", write(tmp_path))) == [
        (1, [1, 3, 0], [1, 0, 0]),  # of 9, 5, 20, 9 behind 5 the copies are gone
        (0, [1, 3], [1, 0]),
        (2, [1, 2], [1, 0]),
    ]


def test_a_repeated_interaction_counts_once(tmp_path):
    data = read_ranking_data("mine", write(tmp_path, ["3,7,1", "3,20,1", "3,7,5"]))
    assert data.train.matrix.toarray().max() == 1
    assert data.last_items[1] == 2


def test_rows_without_values_are_interactions(tmp_path):
    write(tmp_path)
    (tmp_path / "interactions.csv").write_text("item_id,user_id\n7,3\n")
    assert read_ranking_data("mine", tmp_path).train.matrix.nnz == 1


def test_parquet_and_tabs_are_read(tmp_path):
    write(tmp_path)
    expected = read_ranking_data("mine", tmp_path)
    rows = [line.split(",") for line in INTERACTIONS]
    columns = {"user_id": [row[0] for row in rows], "item_id": [int(row[1]) for row in rows]}
    pa.parquet.write_table(
        pa.table(columns | {"value": [float(row[2]) for row in rows]}), tmp_path / "interactions.parquet"
    )
    (tmp_path / "interactions.csv").unlink()
    test = tmp_path / "test.csv"
    test.with_suffix(".tsv").write_text(test.read_text().replace(",", "\t"))
    test.unlink()
    data = read_ranking_data("mine", tmp_path)
    assert (data.train.matrix != expected.train.matrix).nnz == 0
    assert lists(data) == lists(expected)


def test_ratings_keep_their_values_and_of_several_the_last(tmp_path):
    write(tmp_path, ["b,x,4.5", "a,y,0", "b,x,2", "b,y,-1"])
    ratings = read_ratings(tmp_path)
    assert ratings.matrix.toarray().tolist() == [[0, 0], [2, -1]]
    assert ratings.matrix.nnz == 3  # a rating of 0 is known


@pytest.mark.parametrize(
    ("file", "content", "reason"),
    [
        ("interactions.csv", "", "Empty CSV file"),
        ("interactions.csv", "user_id,item_id,value\n1,2,many\n", "interactions.csv is not a table of"),
        ("interactions.csv", "user_id,item_id,value\n1,2,nan\n", "not a finite number"),
        ("interactions.csv", "user_id,item_id,value\n1,2,3\n1,3,\n", "not a finite number"),
        ("candidates.csv", "user,item\n1,2\n", "candidates.csv needs a user_id and an item_id"),
        ("test.csv", "user_id,item_id\n3,5\n3,7\n", "test.csv has several rows of one user"),
        ("test.tsv", "user_id\titem_id\n3\t5\n", "holds test.csv and test.tsv"),
        ("interactions.parquet", "", "holds interactions.csv and interactions.parquet"),
    ],
)
def test_what_cannot_be_read_is_named(tmp_path, file, content, reason):
    write(tmp_path)
    (tmp_path / file).write_text(content)
    with pytest.raises(UserError, match=reason):
        read_ranking_data("mine", tmp_path)


def test_a_missing_file_is_named(tmp_path):
    (write(tmp_path) / "candidates.csv").unlink()
    with pytest.raises(UserError, match=r"has no candidates\.csv"):
        read_ranking_data("mine", tmp_path)


ID = st.text("ab0é", min_size=1, max_size=2)
PAIRS = st.lists(st.tuples(ID, ID), max_size=20)


@settings(
    max_examples=25,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(PAIRS, st.dictionaries(ID, ID, max_size=5), PAIRS)
def test_matrices_say_what_the_files_say(tmp_path, interactions, test, candidates):
    """Against dictionaries and sets over the ids themselves."""
    data = read_ranking_data(
        "mine",
        write(
            tmp_path,
            [f"{user},{item},2" for user, item in interactions],
            [f"{user},{item},2" for user, item in test.items()],
            [",".join(pair) for pair in candidates],
        ),
    )
    pairs = [*interactions, *test.items(), *candidates]
    users, items = (sorted({pair[side] for pair in pairs}) for side in (0, 1))
    assert data.train.matrix.shape == (len(users), len(items))
    known_users, known_items, _ = data.train.pairs()
    assert {(users[u], items[i]) for u, i in zip(known_users, known_items, strict=True)} == set(interactions)
    last = dict(interactions)
    assert data.last_items.tolist() == [items.index(last[user]) if user in last else -1 for user in users]
    expected = []
    for user, held_out in test.items():
        ranked = list(dict.fromkeys([held_out, *(item for owner, item in candidates if owner == user)]))
        indices = [items.index(item) for item in ranked]
        expected.append((users.index(user), indices, [1.0] + [0.0] * (len(ranked) - 1)))
    assert lists(data) == expected


def test_values_that_are_all_the_same_are_no_ratings(tmp_path):
    (tmp_path / "interactions.csv").write_text("user_id,item_id\n1,2\n1,3\n")
    with pytest.raises(UserError, match=r"interactions\.csv has the same value everywhere"):
        read_ratings(tmp_path)
