"""What a run takes over from the last one, and that it does not where that is gone."""

import json
import shutil
from pathlib import Path

import pytest

from models.errors import UserError
from pipeline.kubeflow.last_run import LastRun, remember_run
from pipeline.kubeflow.preparation import LONGEST_PARAMETER, check_values, pin_schema
from pipeline.kubeflow.remote_root import RemoteRoot

NOTED = ("examples", "accepted", "tuner_results", "model_run", "evaluation")


@pytest.fixture
def root(tmp_path):
    return RemoteRoot(str(tmp_path / "root"))


@pytest.fixture
def artifacts(tmp_path):
    found = {}
    for key in (*NOTED, "pushed_model"):
        folder = tmp_path / "artifacts" / key
        folder.mkdir(parents=True)
        (folder / "file").write_text(key)
        found[key] = {"uri": str(folder), "metadata": {"split_names": '["train"]'}, "name": "7"}
    return found


def test_before_the_first_run_there_is_nothing(root):
    last = LastRun.read(root)
    assert last.accepted_statistics() == ""
    assert last.next_generation("now") == ""


def test_the_accepted_statistics_are_those_of_the_last_run(root, artifacts):
    remember_run(root, artifacts, "")
    imported = json.loads(LastRun.read(root).accepted_statistics())
    assert imported == {"uri": artifacts["accepted"]["uri"], "metadata": {"split_names": '["train"]'}}


def test_a_generation_lasts_as_long_as_its_artifacts(root, artifacts):
    remember_run(root, artifacts, "first")
    assert LastRun.read(root).next_generation("now") == "first"
    shutil.rmtree(artifacts["pushed_model"]["uri"])  # has no files if nothing was pushed
    assert LastRun.read(root).next_generation("now") == "first"


@pytest.mark.parametrize("gone", NOTED)
def test_what_was_removed_begins_a_new_generation(root, artifacts, gone):
    remember_run(root, artifacts, "first")
    shutil.rmtree(artifacts[gone]["uri"])
    assert LastRun.read(root).next_generation("now") == "now"
    assert (LastRun.read(root).accepted_statistics() == "") == (gone == "accepted")


def test_a_run_without_a_search_is_noted_too(root, artifacts):
    del artifacts["tuner_results"]
    remember_run(root, artifacts, "first")
    assert LastRun.read(root).artifacts.keys() == set(NOTED) - {"tuner_results"}
    assert LastRun.read(root).next_generation("now") == "first"


def test_a_schema_lies_under_its_digest(root):
    one, two = pin_schema("one", root), pin_schema("two", root)
    assert one != two
    assert pin_schema("one", root) == one
    assert [child.name for child in Path(one).iterdir()] == ["schema.pbtxt"]


def test_an_image_of_another_version_is_told():
    check_values({"a": 1}, {"a"})
    with pytest.raises(UserError, match=r"another version than that of the image \(they differ in b, c\)"):
        check_values({"a": 1, "b": 2}, {"a", "c"})


def test_a_parameter_that_no_command_line_takes_is_told():
    check_values({"a": "x" * LONGEST_PARAMETER}, {"a"})
    with pytest.raises(UserError, match=r"^a is 100001 characters long, and a container can be told 100000"):
        check_values({"a": "x" * (LONGEST_PARAMETER + 1)}, {"a"})
