"""Publishers' files become the canonical folder."""

import csv
import zipfile
from pathlib import Path

import pyarrow.parquet
import pytest

from models.errors import UserError
from pipeline.datasets import fetch
from pipeline.datasets.catalog import Counts

INTERACTIONS = (
    "user_id,item_id,value,timestamp\n1,1,5,881250949\n1,2,3,881250950\n2,1,4,881250951\n3,3,1,881250952\n"
    "3,1,2,881250953\n"
)


def titles(folder: Path) -> dict[str, str]:
    with (folder / "items.csv").open(encoding="utf-8", newline="") as stream:
        return {row["item_id"]: row["title"] for row in csv.DictReader(stream)}


def test_ml_100k_keeps_titles_with_commas_quotes_and_accents(published, tmp_path):
    summary = fetch("ml-100k", tmp_path / "out", published.folder("ml-100k"))
    assert (tmp_path / "out/interactions.csv").read_text() == INTERACTIONS
    assert titles(tmp_path / "out") == {
        "1": "Toy Story (1995)",
        "2": "GoldenEye (1995)",
        "3": 'Misérables, Les, "1995" (1995)',
    }
    assert (summary.counts, summary.titles, summary.already_there) == (Counts(3, 3, 5), 3, False)
    assert {path.name for path in (tmp_path / "out").iterdir()} == {
        "interactions.csv",
        "items.csv",
        "dataset.json",
    }


@pytest.mark.parametrize("inside", [".", "ml-100k"])
def test_recbole_has_typed_headers_and_the_year_in_its_own_column(published, tmp_path, inside):
    fetch("ml-100k", tmp_path / "out", published.folder("recbole", inside))
    assert (tmp_path / "out/interactions.csv").read_text() == INTERACTIONS
    assert titles(tmp_path / "out") == {
        "1": "Toy Story (1995)",
        "2": "GoldenEye (1995)",
        "3": "Misérables, Les",
    }


def test_a_wheel_is_read_without_unpacking(published, tmp_path):
    wheel = published.archive("recbole", "recbole/dataset_example/ml-100k")
    (tmp_path / "recbole-1.2.1-py3-none-any.whl").write_bytes(wheel)
    fetch("ml-100k", tmp_path / "out", tmp_path)
    assert (tmp_path / "out/interactions.csv").read_text() == INTERACTIONS


def test_ml_1m_splits_at_double_colons_only(published, tmp_path):
    fetch("ml-1m", tmp_path / "out", published.folder("ml-1m"))
    assert (tmp_path / "out/interactions.csv").read_text() == INTERACTIONS
    assert titles(tmp_path / "out")["2"] == "2001: A Space Odyssey (1968)"
    assert titles(tmp_path / "out")["3"] == "Misérables, Les"


def test_large_sets_are_parquet_with_string_ids(published, tmp_path):
    fetch("ml-20m", tmp_path / "out", published.folder("ml-20m", "ml-20m"))
    assert pyarrow.parquet.read_table(tmp_path / "out/interactions.parquet").to_pydict() == {
        "user_id": ["1", "1", "2", "3", "3"],
        "item_id": ["1", "2", "1", "3", "1"],
        "value": [4.5, 3.0, 4.0, 1.0, 2.0],
        "timestamp": [881250949, 881250950, 881250951, 881250952, 881250953],
    }
    assert titles(tmp_path / "out")["2"] == "American President, The (1995)"
    assert titles(tmp_path / "out")["3"] == 'Misérables, Les "1995"'


def test_ml_10m_unpacks_to_a_folder_of_another_name(published, tmp_path):
    fetch("ml-10m", tmp_path / "out", published.folder("ml-10m", "ml-10M100K"))
    assert pyarrow.parquet.read_metadata(tmp_path / "out/interactions.parquet").num_rows == 5
    assert titles(tmp_path / "out")["3"] == "Misérables, Les"


def test_deepcf_keeps_the_holdout_and_the_candidates_as_given(published, tmp_path):
    summary = fetch("lastfm", tmp_path / "out", published.folder("lastfm"))
    read = {path.name: path.read_text() for path in (tmp_path / "out").glob("*.csv")}
    assert read == {
        "interactions.csv": "user_id,item_id,value\n0,10,7\n0,11,1\n1,12,3\n",
        "test.csv": "user_id,item_id,value\n0,12,2\n1,10,9\n",
        "candidates.csv": "user_id,item_id\n0,12\n0,13\n0,13\n1,11\n1,13\n1,14\n",
    }
    assert summary.counts == Counts(users=2, items=3, rows=3, test_rows=2, candidate_rows=6)


@pytest.mark.parametrize("place", ["ml-100k.zip", "elsewhere.zip"])
def test_an_archive_on_disk_is_read_where_it_lies(published, tmp_path, place):
    archive = tmp_path / place
    archive.write_bytes(published.archive("ml-100k", "ml-100k"))
    source = archive if place == "elsewhere.zip" else tmp_path
    fetch("ml-100k", tmp_path / "out", source)
    assert (tmp_path / "out/interactions.csv").read_text() == INTERACTIONS


@pytest.mark.parametrize(
    ("name", "file", "content", "message"),
    [
        (
            "ml-100k",
            "u.data",
            b"1\t1\t5\t1\n",
            "1 rows instead of 5, 1 users instead of 3, 1 items instead of 3",
        ),
        ("ml-100k", "u.data", b"", "u.data is not a table of ratings"),
        ("ml-100k", "u.data", b"<html>no</html>\n", "u.data is not a table of ratings"),
        ("ml-100k", "u.data", b"1\tone\t5\t1\n", "u.data is not a table of ratings"),
        ("ml-100k", "u.item", b"1\n", "u.item is not a table of titles"),
        ("lastfm", "lastfm.test.negative", b"(0,12)\t1\t2\t3\n", "has 1 lines and lastfm.test.rating 2"),
        ("lastfm", "lastfm.test.negative", b"(0,99)\t1\t2\t3\n", "line 1 belongs to (0,99)"),
        ("lastfm", "lastfm.test.negative", b"(0,12)\tx\n", "line 1 is not (user,item) and item ids"),
        ("lastfm", "lastfm.train.rating", b"0,1,2\n", "lastfm.train.rating is not user, item, value"),
    ],
)
def test_damaged_files_are_refused_and_leave_nothing(published, tmp_path, name, file, content, message):
    published.files[name][file] = content
    source = published.folder(name)
    with pytest.raises(UserError) as error:
        fetch(name, tmp_path / "out", source)
    assert message in str(error.value)
    assert [path.name for path in tmp_path.iterdir()] == ["published"]


def test_a_damaged_archive_is_refused(published, tmp_path):
    content = bytearray(published.archive("ml-100k", "ml-100k"))
    content[60] ^= 0xFF  # inside the compressed u.data
    (tmp_path / "ml-100k.zip").write_bytes(content)
    with pytest.raises(UserError, match=r"ml-100k\.zip is damaged at u\.data|is not a table of ratings"):
        fetch("ml-100k", tmp_path / "out", tmp_path)
    (tmp_path / "ml-100k.zip").write_bytes(content[:100])
    with pytest.raises(UserError, match="is not a whole zip archive"):
        fetch("ml-100k", tmp_path / "out", tmp_path)


def test_a_folder_without_the_files_says_what_is_needed(tmp_path):
    with pytest.raises(
        UserError, match=r"needs u\.data, u\.item or ml-100k\.inter, .* or the archive ml-100k\.zip"
    ):
        fetch("ml-100k", tmp_path / "out", tmp_path)
    with pytest.raises(UserError, match="does not exist"):
        fetch("ml-100k", tmp_path / "out", tmp_path / "nowhere")


def test_blocks_are_counted_together(published, tmp_path, monkeypatch):
    """Reading in blocks of two lines gives the same table and counts as reading all at once."""
    monkeypatch.setattr("pipeline.datasets.movielens._BLOCK_BYTES", 40)
    fetch("ml-100k", tmp_path / "out", published.folder("ml-100k"))
    assert (tmp_path / "out/interactions.csv").read_text() == INTERACTIONS


def test_the_source_is_left_as_it_was(published, tmp_path):
    archive = tmp_path / "ml-100k.zip"
    archive.write_bytes(published.archive("ml-100k", "ml-100k"))
    fetch("ml-100k", tmp_path / "out", tmp_path)
    with zipfile.ZipFile(archive) as opened:
        assert opened.testzip() is None
    assert sorted(path.name for path in tmp_path.iterdir()) == ["ml-100k.zip", "out"]
