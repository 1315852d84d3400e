"""The component as TFX runs it: properties, artifact, files, refusals."""

import os
import re
import time

import pytest
from tfx.components.util import examples_utils
from tfx.types import artifact_utils

from components.code_digest import code_digest
from components.ingest import IngestReport, IngestSettings, SplitSettings
from components.ingest.checking import check, read_report
from components.ingest.component import InteractionExampleGen
from models.errors import UserError
from schemas import schema_path, value_domain
from tests.components.ingest.executing import read, run

HEADER = "user_id,item_id,value,timestamp\n"
EXPLICIT = IngestSettings(feedback="explicit")
IMPLICIT = IngestSettings(feedback="implicit", negatives=3)


def csv(users=12, per_user=6, bad=0):
    lines = [
        f"u{user},i{(user + number) % 20},{1 + number % 5},{100 * number + user}"
        for user in range(users)
        for number in range(per_user)
    ]
    return HEADER + "\n".join(lines + ["u1,i1,seven,1"] * bad) + "\n"


def test_an_artifact_that_tfx_understands(folder_with, tmp_path):
    folder = folder_with({"interactions.csv": csv()})
    examples = run(InteractionExampleGen(folder, IMPLICIT, "implicit"), tmp_path / "out")
    assert artifact_utils.decode_split_names(examples.split_names) == ["train", "eval", "test"]
    assert examples_utils.get_payload_format_string(examples) == "FORMAT_TF_EXAMPLE"
    assert examples_utils.get_file_format(examples) == "tfrecords_gzip"
    report = read_report(examples.uri)
    for split in ("train", "eval", "test"):
        assert len(read(examples, split)) == report.examples[split] == 12
    assert sorted(os.listdir(examples.uri)) == ["Split-eval", "Split-test", "Split-train", "report.json"]
    assert report == check(folder, IMPLICIT, value_domain(schema_path("implicit")))
    assert IngestReport.from_json(report.to_json()) == report


def test_features_of_an_example(folder_with, tmp_path):
    folder = folder_with({"interactions.csv": csv()})
    examples = run(InteractionExampleGen(folder, EXPLICIT, "explicit"), tmp_path / "out")
    features = read(examples, "test")["u3"].features.feature
    assert list(features["item_ids"].bytes_list.value) == [b"i3", b"i4", b"i5", b"i6", b"i7"]
    assert list(features["values"].float_list.value) == [1, 2, 3, 4, 5]
    assert list(features["timestamps"].int64_list.value) == [3, 103, 203, 303, 403]
    assert list(features["candidate_ids"].bytes_list.value) == [b"i8"]
    assert list(features["labels"].float_list.value) == [1]
    assert list(features["user_activity"].bytes_list.value) == [b"1-9"]
    assert set(read(examples, "train")["u3"].features.feature) == {
        "user_id",
        "item_ids",
        "values",
        "timestamps",
    }


@pytest.mark.slow
def test_several_workers_write_the_same_examples(folder_with, tmp_path):
    folder = folder_with({"interactions.csv": csv()})
    component = InteractionExampleGen(folder, IMPLICIT, "implicit")
    alone = run(component, tmp_path / "alone")
    several = run(
        component, tmp_path / "several", "--direct_running_mode=multi_processing", "--direct_num_workers=2"
    )
    for split in ("train", "eval", "test"):
        assert read(alone, split) == read(several, split)


def test_properties_follow_data_settings_and_code(folder_with):
    folder = folder_with({"interactions.csv": csv()})
    first = InteractionExampleGen(folder, IMPLICIT, "implicit").exec_properties
    assert InteractionExampleGen(folder, IMPLICIT, "implicit").exec_properties == first
    modules = ("components.ingest", "components.storage", "components.stores")
    assert first["code_fingerprint"] == code_digest(*modules)
    assert IngestSettings.model_validate_json(first["settings"]) == IMPLICIT
    folder_with({"interactions.csv": csv(users=13)})
    changed = InteractionExampleGen(folder, IMPLICIT, "implicit").exec_properties
    assert {key for key in first if first[key] != changed[key]} == {"data_fingerprint"}


def test_data_that_cannot_be_seen_yet_is_refused_when_it_runs(tmp_path):
    component, again = (
        InteractionExampleGen(str(tmp_path / "later"), IMPLICIT, "implicit") for _ in range(2)
    )
    assert component.exec_properties["data_fingerprint"] != again.exec_properties["data_fingerprint"]
    with pytest.raises(UserError, match="cannot be read as a folder"):
        run(component, tmp_path / "out")


def test_data_of_a_scheme_that_this_machine_cannot_read():
    first, second = (InteractionExampleGen("s4://there", IMPLICIT, "implicit") for _ in range(2))
    assert first.exec_properties["data"] == "s4://there"
    assert first.exec_properties["data_fingerprint"] != second.exec_properties["data_fingerprint"]


def test_rows_of_the_future_and_a_floor_that_nothing_is_newer_than(folder_with, tmp_path):
    now = int(time.time())
    lines = "".join(f"u{number % 7},i{number},1,{now + 3600 * (number - 76)}\n" for number in range(101))
    folder = folder_with({"interactions.csv": HEADER + lines + f"u1,later,1,{now + 90_000}\n"})
    temporal = IMPLICIT.model_copy(update={"split": SplitSettings(strategy="temporal")})
    examples = run(InteractionExampleGen(folder, temporal, "implicit"), tmp_path / "out")
    report = read_report(examples.uri)
    assert report.last_timestamp == now + 24 * 3600  # a day from now is still accepted
    (row,) = report.bad_rows
    assert (row.line, row.reason) == (103, "timestamp is in the future")
    assert report.test_from == now + 15 * 3600  # 10 of 101

    floor = now + 25 * 3600
    component = InteractionExampleGen(folder, temporal, "implicit", test_not_before=floor)
    with pytest.raises(
        UserError, match=r"No pair of user and item is newer than 20.* UTC, since when an earlier"
    ):
        run(component, tmp_path / "again")


def test_an_unknown_schema(tmp_path):
    with pytest.raises(UserError, match="schema 'explcit' is neither"):
        InteractionExampleGen(str(tmp_path), EXPLICIT, "explcit")


def test_few_bad_rows_are_quarantined_beside_the_examples(folder_with, tmp_path):
    folder = folder_with({"interactions.csv": csv(users=100, bad=3)})
    examples = run(InteractionExampleGen(folder, EXPLICIT, "explicit"), tmp_path / "out")
    assert read_report(examples.uri).quarantined == 3
    lines = (tmp_path / "out" / "quarantine.tsv").read_text().splitlines()
    assert lines[1] == "interactions.csv\t602\tvalue is not a finite number\tu1,i1,seven,1"
    assert len(lines) == 4


def test_too_many_bad_rows_stop_the_run_and_leave_the_quarantine(folder_with, tmp_path):
    folder = folder_with({"interactions.csv": csv(bad=72)})
    kept = tmp_path / "kept"
    component = InteractionExampleGen(folder, EXPLICIT, "explicit", quarantine_dir=str(kept))
    with pytest.raises(UserError, match=r"72 of 144 rows \(50.0%\).*interactions.csv line 74") as refused:
        run(component, tmp_path / "out")
    assert str(kept / "quarantine.tsv") in str(refused.value)
    assert len((kept / "quarantine.tsv").read_text().splitlines()) == 73


def test_the_quarantine_survives_without_a_folder_for_it(folder_with, tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    folder = folder_with({"interactions.csv": csv(bad=72)})
    with pytest.raises(UserError) as refused:
        run(InteractionExampleGen(folder, EXPLICIT, "explicit"), tmp_path / "out")
    kept = re.search(r"All of them are in (\S+): mend", str(refused.value))[1]
    assert os.path.exists(kept)
    assert kept.startswith(str(tmp_path))


def test_a_split_without_examples_stops_the_run(folder_with, tmp_path):
    folder = folder_with({"interactions.csv": csv(per_user=2)})
    with pytest.raises(UserError, match="leave no Example for eval under"):
        run(InteractionExampleGen(folder, EXPLICIT, "explicit"), tmp_path / "out")
