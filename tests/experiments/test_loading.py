"""Where datasets are found, and what becomes of the publishers' files."""

import os
from pathlib import Path

import pytest

from models.errors import UserError
from pipeline.experiments import loading

DEEPCF = {
    "train.rating": "0\t10\t7\n0\t11\t1\n1\t12\t3\n",
    "test.rating": "0\t12\t2\n1\t10\t9\n",
    "test.negative": "(0,12)\t12\t13\t13\n(1,10)\t11\t13\t14\n",
}
RATINGS = "1\t1\t5\t881250949\n1\t2\t3\t881250950\n2\t1\t4\t881250951\n"
AUTHORS = Path(__file__).parents[3] / "shared" / "data" / "deepcf"


def deepcf(folder: Path, stem: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for suffix, content in DEEPCF.items():
        (folder / f"{stem}.{suffix}").write_text(content)


def fetched(folder: Path, user: str = "a") -> None:
    folder.mkdir(parents=True)
    (folder / "interactions.csv").write_text(f"user_id,item_id\n{user},x\n")
    (folder / "test.csv").write_text(f"user_id,item_id\n{user},y\n")
    (folder / "candidates.csv").write_text(f"user_id,item_id\n{user},z\n")


@pytest.mark.parametrize(
    ("name", "stem", "place"),
    [
        ("amusic", "AMusic", "."),
        ("atoys", "AToy", "Data"),  # its counts are others, which stops nobody
        ("lastfm", "lastfm", "lastfm"),
        ("lastfm", "lastfm", "lastfm/Data"),
        ("mybooks", "MyBooks", "."),
        ("MyBooks", "MyBooks", "Data"),
        ("mybooks", "MyBooks", "mybooks"),
    ],
)
def test_deepcf_files_are_found_and_converted(tmp_path, name, stem, place):
    deepcf(tmp_path / "in" / place, stem)
    assert loading.is_there(name, tmp_path / "in")
    assert loading.feedback_of(name, tmp_path / "in") == "implicit"
    data = loading.load(name, tmp_path / "in", tmp_path / "work")
    assert data.name == name
    assert data.train.matrix.toarray().tolist() == [[1, 1, 0, 0, 0], [0, 0, 1, 0, 0]]
    assert data.test.item_indices.tolist() == [2, 3, 0, 1, 3, 4]
    assert (tmp_path / "work" / name / "dataset.json").is_file()


@pytest.mark.parametrize("place", [".", "ml-100k"])
def test_ratings_need_no_titles(tmp_path, place):
    (tmp_path / "in" / place).mkdir(parents=True, exist_ok=True)
    (tmp_path / "in" / place / "u.data").write_text(RATINGS)
    assert loading.feedback_of("ml-100k", tmp_path / "in") == "explicit"
    ratings = loading.load_ratings("ml-100k", tmp_path / "in", tmp_path / "work")
    assert ratings.name == "ml-100k"
    assert ratings.interactions.matrix.toarray().tolist() == [[5, 3], [4, 0]]


def test_a_fetched_folder_comes_before_the_publishers_files(tmp_path):
    deepcf(tmp_path, "lastfm")
    fetched(tmp_path / "lastfm")
    assert loading.load("lastfm", tmp_path, tmp_path / "work").train.users == 1
    assert not (tmp_path / "work").exists()


def test_a_folder_without_test_rows_holds_ratings(tmp_path):
    fetched(tmp_path / "mine")
    assert loading.feedback_of("mine", tmp_path) == "implicit"
    (tmp_path / "mine/test.csv").unlink()
    assert loading.feedback_of("mine", tmp_path) == "explicit"
    with pytest.raises(UserError, match=r"mine has no test\.csv"):
        loading.load("mine", tmp_path, tmp_path / "work")


def test_files_of_one_name_in_two_datasets_are_taken_from_a_folder_of_their_own(tmp_path):
    table = RATINGS.replace("\t", "::")
    (tmp_path / "ratings.dat").write_text(table)
    assert not loading.is_there("ml-1m", tmp_path)
    assert not loading.is_there("ml-10m", tmp_path)
    (tmp_path / "ml-10m").mkdir()
    (tmp_path / "ml-10m/ratings.dat").write_text(table)
    assert loading.found(tmp_path) == ["ml-10m"]
    assert loading.load_ratings("ml-10m", tmp_path, tmp_path / "work").interactions.matrix.nnz == 3


def test_a_conversion_is_made_once(tmp_path):
    deepcf(tmp_path / "in", "lastfm")
    loading.load("lastfm", tmp_path / "in", tmp_path / "work")
    converted = tmp_path / "work/lastfm/interactions.csv"
    before = converted.stat()
    loading.load("lastfm", tmp_path / "in", tmp_path / "work")
    assert converted.stat().st_ino == before.st_ino


def test_a_conversion_is_made_again_when_the_files_are_newer(tmp_path):
    deepcf(tmp_path / "in", "lastfm")
    loading.load("lastfm", tmp_path / "in", tmp_path / "work")
    train = tmp_path / "in/lastfm.train.rating"
    train.write_text("0\t10\t7\n1\t12\t3\n")
    later = (tmp_path / "work/lastfm/interactions.csv").stat().st_mtime + 10
    os.utime(train, (later, later))
    assert loading.load("lastfm", tmp_path / "in", tmp_path / "work").train.matrix.nnz == 2


def test_a_conversion_of_other_files_is_not_used(tmp_path):
    deepcf(tmp_path / "one", "lastfm")
    deepcf(tmp_path / "two", "lastfm")
    (tmp_path / "two/lastfm.train.rating").write_text("0\t10\t7\n1\t12\t3\n")
    assert loading.load("lastfm", tmp_path / "one", tmp_path / "work").train.matrix.nnz == 3
    assert loading.load("lastfm", tmp_path / "two", tmp_path / "work").train.matrix.nnz == 2


def test_the_publishers_files_are_never_replaced(tmp_path):
    deepcf(tmp_path / "lastfm", "lastfm")
    with pytest.raises(UserError, match="was not made by autoncf"):
        loading.load("lastfm", tmp_path, tmp_path)
    assert len(list((tmp_path / "lastfm").iterdir())) == len(DEEPCF)


def test_a_place_that_cannot_be_written_is_named(tmp_path):
    deepcf(tmp_path, "lastfm")
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match=r"Cannot convert lastfm of .*file"):
        loading.load("lastfm", tmp_path, tmp_path / "file")


def test_a_dataset_of_the_catalogue_that_is_not_there(tmp_path):
    with pytest.raises(UserError) as error:
        loading.feedback_of("amusic", tmp_path)
    for part in (
        str(tmp_path),
        "interactions.csv",
        "AMusic.train.rating",
        "AMusic.test.negative",
        f"`autoncf data fetch amusic --out {tmp_path}/amusic`",
    ):
        assert part in str(error.value)


def test_an_archive_is_asked_for(tmp_path):
    with pytest.raises(UserError, match=r"u\.data or ml-100k\.inter or the archive ml-100k\.zip"):
        loading.load_ratings("ml-100k", tmp_path, tmp_path / "work")


def test_another_name_that_is_not_there_lists_what_is(tmp_path):
    deepcf(tmp_path, "MyBooks")
    deepcf(tmp_path, "AMusic")
    fetched(tmp_path / "mine")
    (tmp_path / "Half.train.rating").write_text("")
    with pytest.raises(UserError, match=r'"books".*books\.train\.rating.*it holds MyBooks, amusic, mine\.'):
        loading.load("books", tmp_path, tmp_path / "work")


def test_a_folder_that_does_not_exist_holds_nothing(tmp_path):
    assert loading.found(tmp_path / "nowhere") == []
    with pytest.raises(UserError, match="it holds none"):
        loading.load("books", tmp_path / "nowhere", tmp_path / "work")


@pytest.mark.skipif(not AUTHORS.is_dir(), reason="no copy of the DeepCF files beside the repository")
@pytest.mark.parametrize(
    ("name", "shape", "rows", "own_positive", "contaminated", "cold", "cold_negatives", "without_rows"),
    [
        ("lastfm", (1_741, 2_665), 67_408, 86, 2_434, 0, 0.0, 0),
        ("amusic", (1_776, 12_929), 44_311, 18, 348, 464, 0.035, 43),
    ],
)
def test_the_authors_defects_are_all_there(
    tmp_path, name, shape, rows, own_positive, contaminated, cold, cold_negatives, without_rows
):
    """Counts of the README beside the files."""
    data = loading.load(name, AUTHORS, tmp_path)
    matrix, test = data.train.matrix, data.test
    assert (matrix.shape, matrix.nnz) == (shape, rows)
    assert (data.last_items < 0).sum() == without_rows
    assert len(test.lengths) == test.labels.sum() == shape[0]
    assert (test.lengths == 99).sum() == own_positive  # of a hundred ids one is a copy
    assert (test.lengths == 100).sum() == shape[0] - own_positive
    negative = test.labels == 0
    users = test.user_indices.repeat(test.lengths)
    assert matrix[users[negative], test.item_indices[negative]].sum() == contaminated
    untouched = (matrix.getnnz(axis=0) == 0)[test.item_indices]
    assert untouched[~negative].sum() == cold
    assert untouched[negative].mean() == pytest.approx(cold_negatives, abs=5e-4)
