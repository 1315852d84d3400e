"""A mirror of a store's versions: whole versions alone, and the store's newest."""

import os
import shutil

import pytest

from components import storage
from components.pusher.layout import REMOVED_FOLDER, STAGING_FOLDER
from components.pusher.mirror import main, mirror_versions
from models.errors import UserError
from serving.versions import list_versions


def put_version(source, version, whole=True):
    files = {"variables/variables.index": b"index", "assets/empty": b""}
    if whole:
        files["saved_model.pb"] = b"graph %d" % version
    for name, contents in files.items():
        storage.write_bytes(storage.join(source, f"{version}/{name}"), contents)


def test_follows_a_bucket(bucket, tmp_path, capsys):
    source, base = f"{bucket}/deployment/serving/recommender", tmp_path / "recommender"
    put_version(source, 1700000000)
    assert main([source, str(base)]) == 0
    assert (base / "1700000000/saved_model.pb").read_bytes() == b"graph 1700000000"
    assert storage.files_below(str(base)) == storage.files_below(source)
    put_version(source, 1700086400)
    assert main([source, str(base)]) == 0
    assert list_versions(base) == [1700000000, 1700086400]
    storage.remove_tree(f"{source}/1700086400")  # a rollback
    assert main([source, str(base)]) == 0
    assert os.listdir(base) == ["1700000000"]
    assert main([source, str(base)]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "copied [1700000000], removed nothing",
        "copied [1700086400], removed nothing",
        "copied nothing, removed [1700086400]",
        "copied nothing, removed nothing",
    ]


def test_version_that_is_being_pushed_is_not_there_yet(tmp_path):
    source, base = str(tmp_path / "store"), tmp_path / "mirror"
    put_version(source, 1)
    put_version(source, 2, whole=False)
    assert mirror_versions(source, base) == ([1], [])
    assert os.listdir(base) == ["1"]
    put_version(source, 2)
    assert mirror_versions(source, base) == ([2], [])


def test_holds_the_newest(tmp_path):
    source, base = str(tmp_path / "store"), tmp_path / "mirror"
    for version in (8, 9, 10, 11):
        put_version(source, version)
    assert mirror_versions(source, base, keep=2) == ([11, 10], [])
    put_version(source, 12)
    assert mirror_versions(source, base, keep=2) == ([12], [10])
    assert list_versions(base) == [11, 12]


@pytest.mark.parametrize("killed_at", ["copy_tree", "rename", "rmtree"])
def test_killed_call_is_finished_by_the_next(tmp_path, monkeypatch, killed_at):
    source, base = str(tmp_path / "store"), tmp_path / "mirror"
    put_version(source, 1)
    mirror_versions(source, base)
    put_version(source, 2)

    class Killed(BaseException):
        pass

    def kill(*_, **__):
        raise Killed

    with monkeypatch.context() as patch:
        module = {"copy_tree": storage, "rename": os, "rmtree": shutil}[killed_at]
        patch.setattr(module, killed_at, kill)
        with pytest.raises(Killed):
            mirror_versions(source, base, keep=1)
    assert list_versions(base) in ([1], [2])
    mirror_versions(source, base, keep=1)
    assert list_versions(base) == [2]
    assert os.listdir(base) == ["2"]


def test_leftovers_are_no_versions(tmp_path):
    source, base = str(tmp_path / "store"), tmp_path / "mirror"
    put_version(source, 1)
    put_version(str(base / STAGING_FOLDER), 1)
    put_version(str(base / REMOVED_FOLDER), 1)
    assert mirror_versions(source, base) == ([1], [])
    assert os.listdir(base) == ["1"]


def test_nothing_is_removed_for_a_source_without_versions(tmp_path, capsys):
    put_version(str(tmp_path / "mirror"), 1)
    put_version(str(tmp_path / "store"), 2, whole=False)
    with pytest.raises(UserError, match="store: holds no version of a model; push one there"):
        mirror_versions(str(tmp_path / "store"), tmp_path / "mirror")
    assert list_versions(tmp_path / "mirror") == [1]
    assert main([str(tmp_path / "other"), str(tmp_path / "mirror")]) == 2
    assert capsys.readouterr().err.startswith(f"{tmp_path}/other: holds no version of a model")


def test_keeps_one_version_at_least(tmp_path, capsys):
    with pytest.raises(SystemExit):
        main(["source", str(tmp_path), "--keep", "0"])
    assert "0 is no positive number" in capsys.readouterr().err
