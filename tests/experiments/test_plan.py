import pytest

from models.errors import UserError
from pipeline.experiments.table2 import trials


def of_row(work, row):
    return [trial for trial in work if trial.contender.name == row]


def test_every_seed_of_what_has_seeds(deepcf_dir, tmp_path):
    work = trials(deepcf_dir, tmp_path, ["tiny"], 2, None)
    assert [trial.seed for trial in of_row(work, "popularity")] == [1]
    assert [trial.seed for trial in of_row(work, "mf")] == [1, 2]
    assert {trial.dataset for trial in work} == {work[0].dataset}
    assert work[0].dataset.data is work[0].dataset.data


def test_ratings_are_split_in_two_ways_and_by_seed(ratings_dir, tmp_path):
    work = of_row(trials(ratings_dir, tmp_path, ["marks"], 2, None), "biases")
    assert [(trial.dataset.name, trial.seed) for trial in work] == [
        ("marks-90", 1),
        ("marks-90", 2),
        ("marks-80", 1),
        ("marks-80", 2),
    ]
    first, second, other = (trial.dataset.data for trial in work[:3])
    assert len(first.test.labels) == len(second.test.labels) == 75
    assert len(other.test.labels) == 150
    assert first.test.item_indices.tolist() != second.test.item_indices.tolist()
    assert work[0].dataset.digest != work[1].dataset.digest


def test_all_contenders_of_a_seed_share_its_split(ratings_dir, tmp_path):
    work = trials(ratings_dir, tmp_path, ["marks"], 2, None)
    (biases, *_), (mf, *_) = of_row(work, "biases"), of_row(work, "mf")
    assert biases.dataset is mf.dataset


def test_rows_that_are_not_there_are_told(deepcf_dir, ratings_dir, tmp_path):
    with pytest.raises(UserError, match=r"--rows cfnett is no row of this table; there are .*cfnet,"):
        trials(deepcf_dir, tmp_path, ["tiny"], 1, ["cfnett"])
    with pytest.raises(UserError, match="--rows autoncf is no row of this table; there are biases, mf"):
        trials(ratings_dir, tmp_path, ["marks"], 1, ["autoncf"])


def test_every_dataset_has_to_have_a_row(deepcf_dir, ratings_dir, tmp_path):
    both = tmp_path / "both"
    both.mkdir()
    for file in [*deepcf_dir.iterdir(), *ratings_dir.iterdir()]:
        (both / file.name).symlink_to(file)
    with pytest.raises(UserError, match="--rows autoncf is no row of marks-90, which has biases, mf"):
        trials(both, tmp_path, ["tiny", "marks"], 1, ["autoncf"])
    assert trials(both, tmp_path, ["tiny", "marks"], 1, ["autoncf", "mf"])


def test_without_names_some_dataset_has_to_be_there(tmp_path):
    with pytest.raises(UserError, match="holds none of lastfm, amusic, atoys; fetch one with"):
        trials(tmp_path, tmp_path, None, 1, None)


def test_lists_that_are_too_short_to_say_anything_are_refused(tmp_path):
    folder = tmp_path / "short"
    folder.mkdir()
    (folder / "interactions.csv").write_text("user_id,item_id\na,1\na,2\nb,1\n")
    (folder / "test.csv").write_text("user_id,item_id\na,3\nb,3\n")
    candidates = [f"{user},{item}" for user in "ab" for item in range(10, 20 + (user == "a"))]
    (folder / "candidates.csv").write_text("\n".join(["user_id,item_id", *candidates[:-1]]))
    with pytest.raises(UserError, match=r"short: a test row has 9 candidates .* needs 10 or more"):
        trials(tmp_path, tmp_path / "out", ["short"], 1, None)
    (folder / "candidates.csv").write_text("\n".join(["user_id,item_id", *candidates]))
    assert trials(tmp_path, tmp_path / "out", ["short"], 1, None)
