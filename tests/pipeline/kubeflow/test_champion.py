"""The champion of a root in a store of objects."""

import pytest

from components import storage
from pipeline.kubeflow.champion import champion_model
from pipeline.kubeflow.remote_root import RemoteRoot


@pytest.fixture
def root(bucket):
    return RemoteRoot(bucket + "/root")


def push(root, *versions):
    for version in versions:
        folder = f"{root.serving}/{version}"
        storage.write_text(f"{folder}/variables/index", f"weights {version}")
        storage.write_text(f"{folder}/assets/empty", "")
        storage.write_text(f"{folder}/saved_model.pb", f"graph {version}")


def contents(model):
    return {name: storage.read_text(f"{model}/{name}") for name in storage.files_below(model)}


def whole_copy(version):
    return {
        "Format-Serving/assets/empty": "",
        "Format-Serving/saved_model.pb": f"graph {version}",
        "Format-Serving/variables/index": f"weights {version}",
    }


def test_nothing_pushed(root):
    assert champion_model(root) is None
    storage.write_text(f"{root.serving}/7/variables/index", "being pushed")
    assert champion_model(root) is None
    assert storage.subfolders(root.champion) == []


def test_newest_whole_version_is_copied(root):
    push(root, 9, 10)
    storage.write_text(f"{root.serving}/11/variables/index", "being pushed")
    storage.write_text(f"{root.serving}/.withdrawn/12/saved_model.pb", "withdrawn")
    model = champion_model(root)
    assert model == f"{root.champion}/10"
    assert contents(model) == whole_copy(10)


def test_copy_is_made_once(root, monkeypatch):
    push(root, 9)
    model = champion_model(root)
    monkeypatch.setattr(storage, "copy_tree", None)
    assert champion_model(root) == model


def test_half_a_copy_is_finished(root):
    push(root, 9)
    storage.write_text(f"{root.champion}/9/Format-Serving/variables/index", "weigh")
    assert contents(champion_model(root)) == whole_copy(9)


def test_half_removed_copy_of_a_champion_that_is_brought_back(root, monkeypatch):
    """A removal that is killed after its first file leaves nothing that counts as whole."""
    push(root, 5)
    champion_model(root)
    push(root, 6, 7)
    champion_model(root)
    storage.copy_tree(f"{root.champion}/7", f"{root.champion}/6")
    push(root, 8)

    class Killed(BaseException):
        pass

    deleted = []

    def delete_one(store, path):
        if deleted:
            raise Killed
        deleted.append(path)
        delete(store, path)

    from apache_beam.io.aws.s3io import S3IO

    with monkeypatch.context() as patch:
        delete = S3IO.delete
        patch.setattr(S3IO, "delete", delete_one)
        with pytest.raises(Killed):
            champion_model(root)
    assert deleted == [f"{root.champion}/5/Format-Serving/saved_model.pb"]
    for version in (6, 7, 8):
        storage.remove_tree(f"{root.serving}/{version}")
    assert contents(champion_model(root)) == whole_copy(5)


def test_three_copies_are_kept(root):
    for version in (8, 9, 10, 11):
        push(root, version)
        champion_model(root)
    assert storage.subfolders(root.champion) == ["10", "11", "9"]


def test_champion_before_a_withdrawn_one(root):
    """The copies of newer versions stay for runs that were told of them."""
    for version in (8, 9, 10):
        push(root, version)
        champion_model(root)
    push(root, 7)
    for version in (8, 9, 10):
        storage.remove_tree(f"{root.serving}/{version}")
    assert champion_model(root) == f"{root.champion}/7"
    assert storage.subfolders(root.champion) == ["10", "7", "9"]
    assert contents(f"{root.champion}/7") == whole_copy(7)
