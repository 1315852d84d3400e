import pytest

from components.ingest import IngestSettings
from components.ingest.data_file import Role
from components.ingest.source import find_files
from models.errors import UserError

IMPLICIT = IngestSettings(feedback="implicit")
GIVEN = IngestSettings(feedback="implicit", split={"strategy": "given"})
ROW = "user_id,item_id\n1,2\n"


def names(folder, settings=IMPLICIT):
    return [(file.name, file.role) for file in find_files(folder, settings).to_read]


@pytest.mark.parametrize("suffix", ["csv", "tsv", "parquet"])
def test_one_file(folder_with, suffix):
    folder = folder_with({f"interactions.{suffix}": ROW, "items.csv": "item_id,title\n", "test.csv": ROW})
    assert names(folder) == [(f"interactions.{suffix}", Role.INTERACTIONS)]


def test_given_files(folder_with):
    folder = folder_with({"interactions.csv": ROW, "test.tsv": ROW, "candidates.parquet": ROW})
    assert names(folder, GIVEN) == [
        ("interactions.csv", Role.INTERACTIONS),
        ("test.tsv", Role.TEST),
        ("candidates.parquet", Role.CANDIDATES),
    ]
    explicit = GIVEN.model_copy(update={"feedback": "explicit"})
    assert [name for name, _ in names(folder, explicit)] == ["interactions.csv", "test.tsv"]


def test_spans_in_numeric_order_all_or_the_last(folder_with):
    folder = folder_with({f"span-{number}/interactions.csv": ROW for number in (9, 10, 100)})
    every = ["span-9/interactions.csv", "span-10/interactions.csv", "span-100/interactions.csv"]
    assert [name for name, _ in names(folder)] == every
    for last in (1, 2, 5):
        settings = IMPLICIT.model_copy(update={"spans": last})
        assert [name for name, _ in names(folder, settings)] == every[-last:]


@pytest.mark.parametrize(
    ("files", "settings", "message"),
    [
        ({"ratings.csv": ROW}, IMPLICIT, "no interactions.csv.*it holds ratings.csv"),
        ({"interactions.csv": ""}, IMPLICIT, "interactions.csv is empty"),
        ({"interactions.csv": "user_id,item_id\n\n"}, IMPLICIT, "interactions.csv has a header and no rows"),
        (
            {"interactions.csv": ROW.replace("\n", "\r")},
            IMPLICIT,
            "line 1, .*, is no header",
        ),
        (
            {"interactions.csv": ROW, "interactions.tsv": ROW},
            IMPLICIT,
            "interactions.csv and interactions.tsv",
        ),
        ({"interactions.csv": ROW, "span-1/interactions.csv": ROW}, IMPLICIT, "holds both"),
        ({"span-1/interactions.csv": ROW, "span-01/interactions.csv": ROW}, IMPLICIT, "span 1 twice"),
        ({"span-1/interactions.csv": ROW, "span-2/ratings.csv": ROW}, IMPLICIT, "span-2 has no interactions"),
        ({"interactions.csv": ROW}, IMPLICIT.model_copy(update={"spans": 3}), "spans = 3"),
        ({"interactions.csv": ROW}, GIVEN, "no test.csv"),
        ({"interactions.csv": ROW, "test.csv": ROW, "candidates.csv": ""}, GIVEN, "candidates.csv is empty"),
    ],
)
def test_refused_folders(folder_with, files, settings, message):
    with pytest.raises(UserError, match=message):
        find_files(folder_with(files), settings)


def test_a_span_folder_without_a_file(folder_with):
    folder = folder_with({"span-1/interactions.csv": ROW, "span-1/_SUCCESS": ""})
    folder_with({"span-2/parts/interactions.csv": ROW})  # deeper than anything that is read
    with pytest.raises(
        UserError, match=r"span-2 has no interactions.*require_success wait until it holds _SUC"
    ):
        find_files(folder, IMPLICIT)
    found = find_files(folder, IMPLICIT.model_copy(update={"require_success": True}))
    assert (len(found.to_read), found.waiting) == (1, ("span-2",))


@pytest.mark.parametrize("name", ["span_3", "Span-3", "span3", "SPAN-03", "spans-3", "span 3"])
@pytest.mark.parametrize("file", ["interactions.csv", "_SUCCESS"])
def test_a_folder_that_is_nearly_a_span(folder_with, name, file):
    folder = folder_with({"span-1/interactions.csv": ROW, f"{name}/{file}": ROW})
    with pytest.raises(
        UserError, match=f"data/{name} is not read, .* rename it to span-3, or, if it is none"
    ):
        find_files(folder, IMPLICIT)


def test_folders_that_are_no_spans(folder_with):
    others = ("span-3.tmp", ".span-3", "_span-3", "span-", "span-3-old", "wingspan-3", "lifespan3")
    folder = folder_with(
        {"span-1/interactions.csv": ROW} | {f"{name}/interactions.csv": ROW for name in others}
    )
    assert [name for name, _ in names(folder)] == ["span-1/interactions.csv"]


def test_a_scheme_that_nothing_can_read():
    with pytest.raises(UserError, match="s4://there begins with s4://, which is not read: use a local"):
        find_files("s4://there", IMPLICIT)


def test_a_missing_folder(tmp_path):
    with pytest.raises(UserError, match="cannot be read as a folder"):
        find_files(str(tmp_path / "nowhere"), IMPLICIT)


def test_brackets_in_the_path_are_no_pattern(folder_with, tmp_path):
    folder_with({"a[1]*/interactions.csv": ROW})
    assert names(str(tmp_path / "data" / "a[1]*")) == [("interactions.csv", Role.INTERACTIONS)]
