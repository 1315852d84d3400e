"""`autoncf label`: what it writes, what it shows and what it refuses."""

import functools
from pathlib import Path

import pytest

from components.pusher import lock
from models.errors import UserError
from pipeline.labelling import relabel
from pipeline.locations import Locations
from serving.model_config import ModelSource, VersionPolicy, read_model_config

PUSHED = [3, 5, 8]
BASE = Path("/models/recommender")


def served(versions, **labels):
    return ModelSource(BASE, VersionPolicy(latest=None, versions=versions), labels)


@pytest.mark.parametrize(
    ("present", "stable", "canary", "expected"),
    [
        (ModelSource(BASE), 3, None, served((3,), stable=3)),
        (ModelSource(BASE), None, 5, served((5, 8), stable=8, canary=5)),
        (served((3,), stable=3), None, 5, served((3, 5), stable=3, canary=5)),
        (served((3, 5), stable=3, canary=5), 5, None, served((3, 5), stable=5)),
        (served((3, 5), stable=5), 3, None, served((3, 5), stable=3)),
        (served((3, 5), stable=5), None, 8, served((5, 8), stable=5, canary=8)),
        (served((3, 5), stable=5), 5, None, served((3, 5), stable=5)),
        (served((2, 5), stable=2, canary=5), 5, None, served((5,), stable=5)),
    ],
    ids=[
        "first",
        "newest is stable",
        "new canary",
        "promoted",
        "rolled back",
        "next canary",
        "same again",
        "the one before is gone",
    ],
)
def test_rollout(present, stable, canary, expected):
    assert relabel(present, PUSHED, stable, canary) == expected


@pytest.mark.parametrize(
    ("present", "stable", "canary", "sentence"),
    [
        (ModelSource(BASE), 4, None, "--stable 4: no such version has been pushed; there are 3, 5, 8"),
        (served((3,), stable=3), None, 9, "--canary 9: no such version has been pushed"),
        (served((3,), stable=3), 8, None, "--stable 8: this version is not served yet"),
        (served((3,), stable=3), 8, None, "give it the label canary first (--canary 8)"),
        (served((3, 5), stable=3, canary=5), None, 8, "take the label away first (--stable alone)"),
    ],
)
def test_refused(present, stable, canary, sentence):
    with pytest.raises(UserError) as raised:
        relabel(present, PUSHED, stable, canary)
    assert sentence in str(raised.value)


def test_nothing_pushed():
    with pytest.raises(UserError, match="there are none"):
        relabel(ModelSource(BASE), [], 3, None)


@pytest.fixture
def root(tmp_path, monkeypatch):
    monkeypatch.setenv("COLUMNS", "300")
    for version in PUSHED:
        folder = tmp_path / "serving" / "recommender" / str(version)
        folder.mkdir(parents=True)
        (folder / "saved_model.pb").touch()
    (tmp_path / "serving" / "recommender" / "9").mkdir()  # half a version
    return tmp_path


def config(root):
    return read_model_config(Locations(root).models_config, "recommender")


def test_labels_are_written_and_shown(autoncf, root):
    answer = autoncf("label", "--root", root, "--canary", 5)
    assert answer.status == 0
    assert config(root) == ModelSource(
        root / "serving" / "recommender",
        VersionPolicy(latest=None, versions=(5, 8)),
        {"stable": 8, "canary": 5},
    )
    shown = autoncf("label", "--root", root)
    assert shown.out == answer.out
    assert shown.out.splitlines()[:2] == ["canary: version 5", "stable: version 8"]


def test_base_path_of_a_container_is_kept(autoncf, root):
    autoncf("label", "--root", root, "--stable", 5, "--base-path", "/models/recommender")
    autoncf("label", "--root", root, "--canary", 8)
    assert config(root).base_path == Path("/models/recommender")


def test_before_the_first_label(autoncf, root):
    assert "No version has a label" in autoncf("label", "--root", root).out
    assert not Locations(root).models_config.exists()


def test_half_a_version_gets_no_label(autoncf, root):
    answer = autoncf("label", "--root", root, "--stable", 9)
    assert answer.status == 2
    assert "no such version has been pushed" in answer.error


def test_base_path_alone(autoncf, root):
    answer = autoncf("label", "--root", root, "--base-path", "/models")
    assert answer.status == 2
    assert "--base-path belongs to" in answer.error


def test_labels_wait_for_whoever_removes_versions(autoncf, root, monkeypatch):
    """Or a label could be given to a version that is about to go."""
    serving = Locations(root).serving
    impatient = functools.partial(lock.hold_versions, patience_seconds=0)
    with lock.hold_versions(serving):
        monkeypatch.setattr(lock, "hold_versions", impatient)
        answer = autoncf("label", "--root", root, "--stable", 5)
        assert "No version has a label" in autoncf("label", "--root", root).out
    assert answer.status == 3
    assert "another process has been changing the versions" in answer.error
    assert not Locations(root).models_config.exists()
