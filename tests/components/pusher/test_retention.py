"""Which old versions go, and what is remembered of withdrawn ones."""

import os
import shutil

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from components.pusher.retention import remove_old_versions
from components.pusher.versions import NotPushed, push_version
from components.pusher.withdrawal import list_withdrawn, move_champion
from serving.versions import list_versions


def make_versions(base, *numbers):
    for number in numbers:
        folder = base / str(number) / "variables"
        folder.mkdir(parents=True)
        (folder / "data").touch()
        (folder.parent / "saved_model.pb").touch()


def test_newest_and_protected_stay(tmp_path):
    make_versions(tmp_path, 1, 2, 3, 10, 11)
    (tmp_path / ".staging").mkdir()
    assert remove_old_versions(tmp_path, keep=2, protected={2}) == [1, 3]
    assert list_versions(tmp_path) == [2, 10, 11]
    assert remove_old_versions(tmp_path, keep=2, protected=()) == [2]
    assert sorted(path.name for path in tmp_path.iterdir() if any(path.iterdir())) == ["10", "11"]


def test_base_that_is_not_there(tmp_path):
    assert remove_old_versions(tmp_path / "none", keep=2, protected=()) == []


def test_champion_stays(tmp_path):
    with pytest.raises(ValueError, match="keep is at least 1"):
        remove_old_versions(tmp_path, keep=0, protected=())


def test_old_withdrawn_versions_go(tmp_path):
    make_versions(tmp_path, 1, 2, 3, 4)
    move_champion(tmp_path, 1)
    assert remove_old_versions(tmp_path, keep=2, protected=()) == [2]  # not among the newest two withdrawn
    assert list_withdrawn(tmp_path) == [3, 4]
    make_versions(tmp_path, 5, 6)
    assert remove_old_versions(tmp_path, keep=2, protected=()) == [1, 3, 4]  # all older than 5
    assert list_withdrawn(tmp_path) == []


def test_model_of_a_removed_withdrawn_version_is_still_refused(tmp_path):
    base, model = tmp_path / "recommender", tmp_path / "model"
    (model / "variables").mkdir(parents=True)
    (model / "variables" / "data").write_bytes(bytes(1000))
    (model / "saved_model.pb").touch()
    make_versions(base, 1)
    version = push_version(str(model), str(base))
    move_champion(base, 1)
    make_versions(base, version + 1)
    assert remove_old_versions(base, keep=1, protected=()) == [1, version]
    (left,) = [path for path in (base / ".withdrawn").rglob("*") if path.is_file()]
    assert left.stat().st_size == 64  # the digest
    with pytest.raises(NotPushed, match=str(version)):
        push_version(str(model), str(base))


def test_version_on_another_disk_stays_there(tmp_path):
    """A link in the base folder leads to it: the link goes, and the record of what was withdrawn stays."""
    base, disk, model = tmp_path / "recommender", tmp_path / "disk", tmp_path / "model"
    model.mkdir()
    (model / "saved_model.pb").write_bytes(b"graph")
    make_versions(base, 1)
    version = push_version(str(model), str(base))
    (base / str(version)).rename(disk)
    (base / str(version)).symlink_to("../disk")  # leads nowhere from .withdrawn
    files = sorted(disk.rglob("*"))
    move_champion(base, 1)
    assert list_withdrawn(base) == [version]
    make_versions(base, version + 1)
    for _ in range(2):
        assert remove_old_versions(base, keep=1, protected=()) in ([1, version], [])
        assert sorted(disk.rglob("*")) == files
        assert [path for path in (base / ".withdrawn").rglob("*") if path.is_file()] == [
            base / ".withdrawn" / str(version) / "assets.extra" / "model.sha256"
        ]
    with pytest.raises(NotPushed, match=str(version)):
        push_version(str(model), str(base))


def test_old_version_on_another_disk_stays_there(tmp_path):
    base, disk = tmp_path / "recommender", tmp_path / "disk"
    make_versions(base, 1, 2)
    (base / "1").rename(disk)
    (base / "1").symlink_to(disk)
    assert remove_old_versions(base, keep=1, protected=()) == [1]
    assert (disk / "saved_model.pb").is_file()
    assert list_versions(base) == [2]


@pytest.mark.parametrize("call", ["rmtree", "rename", "unlink"])
def test_killed_and_called_again(tmp_path, monkeypatch, call):
    class Killed(BaseException):
        pass

    def die(*_, **__):
        raise Killed

    make_versions(tmp_path, 1, 2, 3)
    move_champion(tmp_path, 2)
    make_versions(tmp_path, 4, 5)
    place = {"rmtree": shutil, "rename": os, "unlink": os}[call]
    with monkeypatch.context() as patch:
        patch.setattr(place, call, die)
        with pytest.raises(Killed):
            remove_old_versions(tmp_path, keep=1, protected=())
    remove_old_versions(tmp_path, keep=1, protected=())
    assert [path.relative_to(tmp_path) for path in tmp_path.rglob("data")] == [
        (tmp_path / "5" / "variables" / "data").relative_to(tmp_path)
    ]


def test_what_a_killed_removal_left_goes(tmp_path):
    make_versions(tmp_path, 5)
    (tmp_path / ".withdrawn" / "4" / "variables").mkdir(parents=True)
    (tmp_path / ".withdrawn" / "4" / "variables" / "data").touch()  # without the file that makes it a model
    assert remove_old_versions(tmp_path, keep=1, protected=()) == []
    assert not list((tmp_path / ".withdrawn" / "4").iterdir())


@settings(max_examples=40, deadline=None)
@given(
    versions=st.sets(st.integers(1, 30), min_size=1),
    withdrawn=st.sets(st.integers(1, 30)),
    keep=st.integers(1, 5),
    protected=st.sets(st.integers(1, 30)),
)
def test_bounded_and_never_without_a_champion(tmp_path_factory, versions, withdrawn, keep, protected):
    base = tmp_path_factory.mktemp("base")
    withdrawn -= versions
    make_versions(base, *versions)
    make_versions(base / ".withdrawn", *withdrawn)
    removed = remove_old_versions(base, keep, protected)
    left, still_withdrawn = list_versions(base), list_withdrawn(base)
    assert set(left) | set(still_withdrawn) | set(removed) == versions | withdrawn
    assert not {*left, *still_withdrawn} & set(removed)
    assert max(left) == max(versions)
    assert not protected & set(removed)
    assert len(set(left) - protected) <= keep
    assert len(set(still_withdrawn) - protected) <= keep
