"""Withdrawing versions and bringing them back, also where it is killed on the way."""

import os
import time

import pytest

from components.pusher.versions import NotPushed, push_version
from components.pusher.withdrawal import list_withdrawn, move_champion
from serving.versions import list_versions


def write_model(folder, graph):
    folder.mkdir()
    (folder / "saved_model.pb").write_bytes(graph)
    return str(folder)


@pytest.fixture
def models(tmp_path):
    return [write_model(tmp_path / f"model-{graph}", graph.encode()) for graph in "abcd"]


@pytest.fixture
def base(tmp_path, models, monkeypatch):
    """Versions 100, 101 and 102 of the first three models."""
    monkeypatch.setattr(time, "time", lambda: 100.0)
    folder = tmp_path / "recommender"
    for model in models[:3]:
        push_version(model, str(folder))
    assert list_versions(folder) == [100, 101, 102]
    return folder


def test_back_and_forth(base):
    assert move_champion(base, 100) == [101, 102]
    assert (list_versions(base), list_withdrawn(base)) == ([100], [101, 102])
    assert move_champion(base, 101) == []
    assert (list_versions(base), list_withdrawn(base)) == ([100, 101], [102])
    assert (base / "101" / "saved_model.pb").read_bytes() == b"b"
    assert move_champion(base, 101) == []  # it is the champion already


def test_half_a_version_is_withdrawn_too(base):
    (base / "103").mkdir()
    assert move_champion(base, 102) == [103]
    assert list_withdrawn(base) == []


@pytest.mark.parametrize("version", [99, 103])
def test_unknown_version(base, version):
    with pytest.raises(LookupError, match=f"no version {version}, nor was one withdrawn"):
        move_champion(base, version)
    assert list_versions(base) == [100, 101, 102]


def test_version_on_another_disk_comes_and_goes(base, tmp_path):
    (base / "102").rename(tmp_path / "disk")
    (base / "102").symlink_to("../disk")
    for _ in range(2):
        move_champion(base, 101)
        assert (list_versions(base), list_withdrawn(base)) == ([100, 101], [102])
        move_champion(base, 102)
        assert (list_versions(base), list_withdrawn(base)) == ([100, 101, 102], [])


def test_withdrawn_number_that_is_a_link_already(base, tmp_path):
    (tmp_path / "disk").mkdir()
    (base / ".withdrawn").mkdir()
    (base / ".withdrawn" / "102").symlink_to(tmp_path / "disk")
    move_champion(base, 101)
    assert list_withdrawn(base) == [102]
    assert (tmp_path / "disk").is_dir()


class Killed(BaseException):
    """Stands for the death of the process."""


@pytest.mark.parametrize("step", [1, 2])
def test_killed_before_a_rename(base, monkeypatch, step):
    """From version 100 with 101 and 102 withdrawn and a 103 on top: back to 102, which takes two renames."""
    move_champion(base, 100)
    (base / "103").mkdir()
    (base / "103" / "saved_model.pb").write_bytes(b"d")
    champions = []
    rename, renames = os.rename, []

    def counted(source, destination):
        renames.append(source)
        if len(renames) == step:
            raise Killed
        rename(source, destination)
        champions.append(max(list_versions(base)))

    with monkeypatch.context() as patch:
        patch.setattr(os, "rename", counted)
        with pytest.raises(Killed):
            move_champion(base, 102)
    move_champion(base, 102)
    assert (list_versions(base), list_withdrawn(base)) == ([100, 102], [101, 103])
    assert set(champions) <= {103}  # until the last rename


def test_champion_changes_once(base, monkeypatch):
    champions = []
    rename = os.rename

    def watched(source, destination):
        rename(source, destination)
        champions.append(max(list_versions(base)))

    monkeypatch.setattr(os, "rename", watched)
    move_champion(base, 100)
    assert champions == [102, 100]


def test_withdrawn_model_is_not_pushed_again(base, models):
    move_champion(base, 100)
    with pytest.raises(NotPushed, match="this model was withdrawn as version 101"):
        push_version(models[1], str(base))
    assert push_version(models[0], str(base)) == 100  # the champion is there already
    assert list_versions(base) == [100]


def test_number_of_a_withdrawn_version_is_never_used_again(base, models):
    move_champion(base, 100)
    assert push_version(models[3], str(base)) == 103


def test_clock_that_went_back(base, models, monkeypatch):
    monkeypatch.setattr(time, "time", lambda: 50.0)
    assert push_version(models[3], str(base)) == 103
