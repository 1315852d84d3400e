import pytest

from components.ingest import IngestSettings
from components.ingest.blocks import plan_blocks
from components.ingest.source import find_files
from models.errors import UserError


def layout(folder, **settings):
    settings = IngestSettings(**{"feedback": "implicit", **settings})
    return plan_blocks(find_files(folder, settings), settings).blocks[0].layout


def test_columns_are_found_by_name_in_any_order(folder_with):
    folder = folder_with({"interactions.csv": "x,timestamp,item_id,user_id\n1,2,3,4\n"})
    assert layout(folder).positions == {"timestamp": 1, "item_id": 2, "user_id": 3}


def test_mapped_names_quotes_bom_and_carriage_return(folder_with):
    folder = folder_with({"interactions.csv": b'\xef\xbb\xbf"user, id",movie,stars\r\n1,2,3\r\n'})
    found = layout(folder, columns={"user_id": "user, id", "item_id": "movie", "value": "stars"})
    assert found.positions == {"user_id": 0, "item_id": 1, "value": 2}
    assert found.data_start == len(b'\xef\xbb\xbf"user, id",movie,stars\r\n')


def test_null_ignores_a_column(folder_with):
    folder = folder_with({"interactions.csv": "user_id,item_id,value\n1,2,0\n"})
    assert layout(folder, columns={"value": None}).positions == {"user_id": 0, "item_id": 1}


@pytest.mark.parametrize(
    ("name", "header", "settings", "message"),
    [
        ("csv", "user,item_id\n1,2\n", {}, "no column 'user_id' for columns.user_id.*'user', 'item_id'"),
        ("csv", "user_id,item_id\n1,2\n", {"feedback": "explicit"}, "no column 'value' for columns.value"),
        ("csv", "user_id,item_id\n1,2\n", {"columns": {"value": "stars"}}, "no column 'stars'"),
        ("csv", "user_id,item_id,item_id\n1,2,3\n", {}, "2 columns named 'item_id'"),
        (
            "csv",
            "user_id\titem_id\n1\t2\n",
            {},
            "one single field.*seems to be a tab.*rename the file to .tsv",
        ),
        ("csv", "user_id;item_id\n1;2\n", {}, "seems to be a semicolon.*save the file with a comma"),
        ("csv", "user_id::item_id\n1::2\n", {}, "seems to be a colon"),
        ("tsv", "user_id,item_id\n1,2\n", {}, "a tab, but it seems to be a comma: rename the file to .csv"),
        ("csv", "user_id\n1\n", {}, "it holds none"),
        ("csv", "user_id,item_id\n", {}, "a header and no rows"),
        ("csv", "user_id,item_id", {}, "a header and no rows"),
        ("csv", "user_id,item_id\n1,2\n", {"split": {"strategy": "temporal"}}, "needs timestamps"),
        ("csv", b"\xff\xfeu\x00", {}, "UTF-16"),
        ("csv", b"user_id,item_id,na\xefve\n1,2,3\n", {}, "not UTF-8"),
        (
            "csv",
            "user_id,item_id,value\n1,2,3\n",
            {"feedback": "explicit", "columns": {"value": None}},
            "without values, which explicit feedback needs",
        ),
    ],
)
def test_refused_headers(folder_with, name, header, settings, message):
    with pytest.raises(UserError, match=message):
        layout(folder_with({f"interactions.{name}": header}), **settings)


def test_spans_must_agree_about_timestamps(folder_with):
    folder = folder_with(
        {
            "span-1/interactions.csv": "user_id,item_id,timestamp\n1,2,3\n",
            "span-2/interactions.csv": "user_id,item_id\n1,2\n",
        }
    )
    with pytest.raises(UserError, match=r"span-1/interactions.csv has timestamps and .*span-2"):
        layout(folder)


def test_a_file_that_is_no_parquet(folder_with):
    with pytest.raises(UserError, match="cannot be read as Parquet"):
        layout(folder_with({"interactions.parquet": "user_id,item_id\n1,2\n"}))
