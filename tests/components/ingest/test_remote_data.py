"""Data in a store of objects: read as those on a disk are."""

import io

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet
import pytest

from components import storage
from components.ingest import IngestSettings
from components.ingest.checking import check, read_report
from components.ingest.component import InteractionExampleGen
from components.ingest.delivery import fingerprint, read_delivery
from components.ingest.source import find_files
from models.errors import UserError
from schemas import schema_path, value_domain
from tests.components.ingest.executing import read, run
from tests.components.ingest.test_component import HEADER, csv

IMPLICIT = IngestSettings(feedback="implicit", negatives=3)
ROW = HEADER + "u1,i1,1,1\n"


def deliver(folder, files):
    for name, text in files.items():
        storage.write_text(storage.join(folder, name), text)
    return folder


def parquet():
    output = io.BytesIO()
    strings = {"user_id": pa.string(), "item_id": pa.string()}
    options = pyarrow.csv.ConvertOptions(column_types=strings)
    pa.parquet.write_table(pyarrow.csv.read_csv(io.BytesIO(csv().encode()), convert_options=options), output)
    return output.getvalue()


@pytest.mark.parametrize(
    ("name", "content"),
    [("interactions.csv", csv(bad=1).encode()), ("interactions.parquet", parquet())],
    ids=["csv with a bad row", "parquet"],
)
def test_the_same_examples_as_from_a_disk(name, content, bucket, tmp_path):
    local, remote = f"{tmp_path}/data", f"{bucket}/data"
    for folder in (local, remote):
        storage.write_bytes(f"{folder}/{name}", content)
    settings = IMPLICIT.model_copy(update={"max_quarantined": 0.5})
    components = [InteractionExampleGen(data, settings, "implicit") for data in (local, remote)]
    from_disk, from_store = (run(component, tmp_path / str(n)) for n, component in enumerate(components))
    for split in ("train", "eval", "test"):
        assert read(from_store, split) == read(from_disk, split)
    assert len(read(from_store, "test")) == 12
    assert read_report(from_store.uri).interactions == read_report(from_disk.uri).interactions == 72
    assert not components[1].exec_properties["data_fingerprint"].startswith("not seen")
    assert check(remote, settings, value_domain(schema_path("implicit"))).interactions == 72


def test_spans_of_a_store(bucket):
    folder = deliver(
        bucket + "/data",
        {
            "": "",
            "span-8/": "",
            "span-8/interactions.csv": ROW,
            "span-9/interactions.csv": HEADER,
            "span-10/": "",
        },
    )
    settings = IMPLICIT.model_copy(update={"require_success": True})
    for span in ("span-8", "span-9"):
        storage.write_text(f"{folder}/{span}/_SUCCESS", "")
    delivery = read_delivery(folder, settings)
    assert list(delivery.contents) == ["span-8/interactions.csv"]
    assert (delivery.empty, delivery.waiting) == (("span-9",), ("span-10",))


def test_the_fingerprint_follows_the_contents(bucket):
    folder = deliver(bucket + "/data", {"interactions.csv": ROW})
    first = fingerprint(folder, IMPLICIT)
    deliver(folder, {"items.csv": "other"})
    assert fingerprint(folder, IMPLICIT) == first
    deliver(folder, {"interactions.csv": ROW + "u2,i1,1,1\n"})
    second = fingerprint(folder, IMPLICIT)
    deliver(folder, {"interactions.csv": ROW})
    assert second != first == fingerprint(folder, IMPLICIT)


def test_news_of_a_store(bucket):
    folder = deliver(bucket + "/data", {"span-1/interactions.csv": ROW})
    before = read_delivery(folder, IMPLICIT).contents.values()
    deliver(folder, {"span-2/interactions.csv": ROW + "u2,i1,1,1\n"})
    assert read_delivery(folder, IMPLICIT).news(before) == ("span-2/interactions.csv",)


def test_a_folder_that_is_not_there(bucket):
    with pytest.raises(UserError, match=r"/nowhere has no interactions.csv.*; it holds nothing"):
        find_files(bucket + "/nowhere", IMPLICIT)
