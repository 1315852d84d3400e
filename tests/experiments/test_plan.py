import pytest

from models.errors import UserError
from pipeline.experiments.table2 import trials


def test_every_seed_of_what_has_seeds(deepcf_dir, tmp_path):
    work = trials(deepcf_dir, tmp_path, ["tiny"], 2, ["popularity", "mf"])
    assert [(trial.dataset, trial.contender.name, trial.seed) for trial in work] == [
        ("tiny", "popularity", 1),
        ("tiny", "mf", 1),
        ("tiny", "mf", 2),
    ]
    assert work[0].load() is work[2].load()


def test_ratings_are_split_in_two_ways_and_by_seed(ratings_dir, tmp_path):
    work = trials(ratings_dir, tmp_path, ["marks"], 2, ["biases"])
    assert [(trial.dataset, trial.seed) for trial in work] == [
        ("marks-90", 1),
        ("marks-90", 2),
        ("marks-80", 1),
        ("marks-80", 2),
    ]
    first, second, other = (work[number].load() for number in (0, 1, 2))
    assert len(first.test.labels) == len(second.test.labels) == 75
    assert len(other.test.labels) == 150
    assert first.test.item_indices.tolist() != second.test.item_indices.tolist()
    assert work[0].load() is first


def test_rows_that_are_not_there_are_told(deepcf_dir, tmp_path):
    with pytest.raises(UserError, match=r"--rows cfnett is no row of this table; there are .*cfnet,"):
        trials(deepcf_dir, tmp_path, ["tiny"], 1, ["cfnett"])


def test_without_names_some_dataset_has_to_be_there(tmp_path):
    with pytest.raises(UserError, match="holds none of lastfm, amusic, atoys; fetch one with"):
        trials(tmp_path, tmp_path, None, 1, None)
