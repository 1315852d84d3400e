"""The DeepCF sets with their given holdout and candidates, where they are at hand."""

from pathlib import Path

import pytest

from components.ingest import IngestSettings
from components.ingest.checking import check

SOURCE = Path(__file__).parents[4] / "shared" / "data" / "deepcf"
GIVEN = IngestSettings(feedback="implicit", split={"strategy": "given"})
POSITIVE = (1e-30, float("inf"))

pytestmark = pytest.mark.skipif(not SOURCE.exists(), reason="the DeepCF files are not here")


def canonical(name, folder):
    """Write the authors' files as a canonical folder."""
    for role, kind in (("interactions", "train.rating"), ("test", "test.rating")):
        rows = (SOURCE / f"{name}.{kind}").read_text()
        (folder / f"{role}.tsv").write_text("user_id\titem_id\tvalue\n" + rows)
    with (folder / "candidates.tsv").open("w") as output:
        output.write("user_id\titem_id\n")
        for line in (SOURCE / f"{name}.test.negative").read_text().splitlines():
            pair, *items = line.split("\t")
            user = pair.strip("()").split(",")[0]
            output.writelines(f"{user}\t{item}\n" for item in items)
    return str(folder)


@pytest.mark.parametrize(
    ("name", "train", "users", "without_train"), [("lastfm", 67_408, 1_741, 0), ("AMusic", 44_311, 1_776, 43)]
)
def test_counts_of_the_authors_files(tmp_path, name, train, users, without_train):
    report = check(canonical(name, tmp_path), GIVEN, POSITIVE)
    assert report.rows_read == train + users
    assert (report.quarantined, report.duplicates, report.in_test) == (0, 0, 0)
    assert report.candidates_read == 99 * users
    assert report.candidates_unused == 0
    assert report.users == users
    assert report.examples["test"] == users
    assert report.examples["train"] == users - without_train
