"""What is delivered, what waits, and what is new."""

import hashlib

import pyarrow as pa
import pyarrow.parquet
import pytest

from components.ingest import IngestSettings
from components.ingest.delivery import Delivery, fingerprint, read_delivery
from models.errors import UserError

IMPLICIT = IngestSettings(feedback="implicit")
PATIENT = IngestSettings(feedback="implicit", require_success=True)
HEADER = "user_id,item_id\n"
ROW = HEADER + "1,2\n"
OTHER_ROW = HEADER + "1,3\n"


def digest(text):
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


def test_the_contents_of_one_file(folder_with):
    delivery = read_delivery(folder_with({"interactions.csv": ROW, "items.csv": "x"}), IMPLICIT)
    assert delivery == Delivery({"interactions.csv": digest(ROW)}, (), ())


def test_the_holdout_is_part_of_the_contents(folder_with):
    folder = folder_with({"interactions.csv": ROW, "test.csv": OTHER_ROW})
    given = IngestSettings(feedback="implicit", split={"strategy": "given"})
    assert list(read_delivery(folder, given).contents) == ["interactions.csv", "test.csv"]


def test_empty_spans_are_told_and_not_read(folder_with):
    empty_table = pa.table({"user_id": pa.array([], pa.string()), "item_id": pa.array([], pa.string())})
    folder = folder_with(
        {
            "span-08/interactions.csv": ROW,
            "span-9/interactions.csv": "",
            "span-10/interactions.csv": HEADER + "\r\n\n",
            "span-11/interactions.tsv": "user_id\titem_id",
            "span-12/interactions.parquet": "",
        }
    )
    pa.parquet.write_table(empty_table, folder + "/span-12/interactions.parquet")
    assert read_delivery(folder, IMPLICIT) == Delivery(
        contents={"span-08/interactions.csv": digest(ROW)},
        empty=("span-9", "span-10", "span-11", "span-12"),
        waiting=(),
    )


def test_a_long_header_is_no_row(folder_with):
    folder = folder_with(
        {"span-1/interactions.csv": ROW, "span-2/interactions.csv": "user_id,item_id," + "x" * 100_000}
    )
    assert read_delivery(folder, IMPLICIT).empty == ("span-2",)


def test_a_line_that_is_no_header_is_no_empty_span(folder_with):
    folder = folder_with({"span-1/interactions.csv": ROW, "span-2/interactions.csv": "garbage"})
    with pytest.raises(UserError, match="line 1 is one single field"):
        read_delivery(folder, IMPLICIT)


def test_the_last_spans_are_complete_ones_and_empty_ones_count(folder_with):
    files = {f"span-{number}/interactions.csv": ROW for number in range(1, 6)}
    files["span-4/interactions.csv"] = HEADER
    complete = {f"span-{number}/_SUCCESS": "" for number in (1, 2, 3, 4)}
    folder = folder_with(files | complete)
    delivery = read_delivery(folder, PATIENT.model_copy(update={"spans": 2}))
    assert list(delivery.contents) == ["span-3/interactions.csv"]
    assert (delivery.empty, delivery.waiting) == (("span-4",), ("span-5",))


def test_a_span_that_waits_may_be_half_there(folder_with):
    folder = folder_with(
        {"span-1/interactions.csv": ROW, "span-1/_SUCCESS": "", "span-2/interactions.csv.part": "u"}
    )
    assert read_delivery(folder, PATIENT).waiting == ("span-2",)
    with pytest.raises(UserError, match="span-2 has no interactions"):
        read_delivery(folder, IMPLICIT)


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({"interactions.csv": ROW}, "waits for a file _SUCCESS beside the interactions of interactions.csv"),
        (
            {"span-1/interactions.csv": ROW, "span-2/interactions.csv": ROW},
            "nothing to read yet.*_SUCCESS beside the interactions of span-1, span-2: write it",
        ),
        (
            {"span-1/interactions.csv": HEADER, "span-1/_SUCCESS": "", "span-2/interactions.csv": ROW},
            "span-1/interactions.csv has a header and no rows",
        ),
    ],
)
def test_nothing_to_read(folder_with, files, message):
    with pytest.raises(UserError, match=message):
        read_delivery(folder_with(files), PATIENT)


def test_one_file_with_its_mark_is_read(folder_with):
    folder = folder_with({"interactions.csv": ROW, "_SUCCESS": ""})
    assert list(read_delivery(folder, PATIENT).contents) == ["interactions.csv"]


def test_news_is_what_was_not_there_before(folder_with):
    folder = folder_with({"span-1/interactions.csv": ROW})
    before = read_delivery(folder, IMPLICIT).contents.values()
    folder_with({"span-2/interactions.csv": ROW, "span-3/interactions.csv": OTHER_ROW})
    assert read_delivery(folder, IMPLICIT).news(before) == ("span-3/interactions.csv",)  # 2 is a copy of 1
    folder_with({"span-1/interactions.csv": HEADER + "7,7\n"})  # delivered again
    assert read_delivery(folder, IMPLICIT).news(before) == (
        "span-1/interactions.csv",
        "span-3/interactions.csv",
    )


def test_a_file_that_cannot_be_opened(folder_with, monkeypatch):
    folder = folder_with({"interactions.csv": ROW})

    def refuse(path):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("components.storage.open_bytes", refuse)
    with pytest.raises(UserError, match=r"interactions.csv cannot be read \(Permission denied\)"):
        read_delivery(folder, IMPLICIT)


def test_the_fingerprint_follows_the_files_that_are_read(folder_with):
    folder = folder_with({"interactions.csv": ROW})
    first = fingerprint(folder, IMPLICIT)
    folder_with({"items.csv": "other"})
    assert fingerprint(folder, IMPLICIT) == first
    folder_with({"interactions.csv": OTHER_ROW})
    assert fingerprint(folder, IMPLICIT) != first


def test_the_fingerprint_knows_which_spans_are_read(folder_with):
    folder = folder_with({"span-1/interactions.csv": ROW, "span-2/interactions.csv": ROW})
    both = fingerprint(folder, IMPLICIT)
    assert fingerprint(folder, IMPLICIT.model_copy(update={"spans": 1})) != both
    folder_with({"span-3/interactions.csv": HEADER})
    assert fingerprint(folder, IMPLICIT) == both
