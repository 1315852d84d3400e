"""Files on this machine and in a store of objects, by the same functions."""

import os
import shutil
import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from components import storage

FILES = {"saved_model.pb": b"graph", "variables/index": b"", "assets/deep/ü [1]*?.txt": b"text"}
SIZES = {"saved_model.pb": 5, "variables/index": 0, "assets/deep/ü [1]*?.txt": 4}

words = st.text("ab.[*? é", min_size=1, max_size=3).filter(lambda word: word.strip(". "))
trees = st.dictionaries(
    st.lists(words, min_size=1, max_size=3).map("/".join), st.binary(max_size=9), min_size=1, max_size=4
).filter(lambda tree: not any(other.startswith(name + "/") for name in tree for other in tree))


@pytest.fixture(params=["local", "s3"])
def place(request, tmp_path):
    """A folder that is not there yet."""
    return (
        str(tmp_path / "pl[a]ce")
        if request.param == "local"
        else request.getfixturevalue("bucket") + "/pl[a]ce"
    )


def write(folder, files):
    for name, content in files.items():
        storage.write_bytes(storage.join(folder, name), content)
    return folder


def read(folder):
    contents = {}
    for name in storage.files_below(folder):
        with storage.open_bytes(storage.join(folder, name)) as file:
            contents[name] = file.read()
    return contents


def test_a_folder_is_listed(place):
    write(place, FILES)
    write(place + "-beside", {"other": b"other"})
    assert storage.files_below(place) == SIZES
    assert storage.files_below(place + "/") == SIZES
    assert storage.subfolders(place) == ["assets", "variables"]
    assert storage.file_sizes(place).items() >= {"saved_model.pb": 5, "variables/index": 0}.items()


def test_what_exists(place):
    write(place, FILES)
    for name in ("", "/", "/saved_model.pb", "/variables", "/variables/", "/assets/deep"):
        assert storage.exists(place + name), name
    for name in ("/saved_model", "/saved_model.pb/x", "/var", "-beside"):
        assert not storage.exists(place + name), name


def test_what_is_not_there(place):
    assert not storage.exists(place)
    assert storage.subfolders(place) == []
    assert storage.files_below(place) == {}
    storage.remove_tree(place)
    with pytest.raises(FileNotFoundError):
        storage.read_text(place)
    with pytest.raises(FileNotFoundError, match="No such file or directory"):
        storage.copy_tree(place, place + "-copy")


def test_text(place):
    path = storage.join(place, "notes/today.txt")
    for text in ("first ü\r\n", ""):
        storage.write_text(path, text)
        assert storage.read_text(path) == text


def test_when_a_file_was_written(place):
    path = storage.join(place, "note.txt")
    before = time.time()
    storage.write_text(path, "first")
    # A store of objects tells whole seconds.
    assert before - 1 <= storage.modified(path) <= time.time() + 1
    with pytest.raises(FileNotFoundError):
        storage.modified(storage.join(place, "other.txt"))


def test_a_tree_is_removed_and_nothing_beside_it(place):
    write(place, {"1/a": b"", "1/b/c": b"x", "10/a": b"", "1.txt": b""})
    storage.remove_tree(storage.join(place, "1"))
    assert sorted(storage.files_below(place)) == ["1.txt", "10/a"]


def test_the_first_file_is_removed_first(place, monkeypatch):
    write(place, FILES)

    class Killed(BaseException):
        pass

    def kill(*_):
        raise Killed

    with monkeypatch.context() as patch:
        if storage.is_local(place):
            patch.setattr(shutil, "rmtree", kill)
        else:
            patch.setattr(storage, "reaching", at_most(2, storage.reaching, kill))  # the listing, one file
        with pytest.raises(Killed):
            storage.remove_tree(place, first="saved_model.pb")
    assert storage.files_below(place).keys() == FILES.keys() - {"saved_model.pb"}
    storage.remove_tree(place, first="saved_model.pb")
    assert not storage.exists(place)


def at_most(times, function, afterwards):
    calls = iter([function] * times)
    return lambda *arguments: next(calls, afterwards)(*arguments)


def test_of_a_link_only_the_link_is_removed(tmp_path):
    write(str(tmp_path / "there"), FILES)
    (tmp_path / "here").symlink_to(tmp_path / "there")
    storage.remove_tree(str(tmp_path / "here"))
    assert sorted(os.listdir(tmp_path)) == ["there"]
    assert read(str(tmp_path / "there")) == FILES


def test_a_copy_leaves_other_files_of_the_target(place, tmp_path):
    write(place, {"old": b"old", "saved_model.pb": b"older"})
    storage.copy_tree(write(str(tmp_path / "source"), FILES), place)
    assert read(place) == FILES | {"old": b"old"}


def test_a_file_of_several_parts(bucket, tmp_path):
    """Parts of an upload have 5 MiB."""
    content = os.urandom(11 << 20)
    write(str(tmp_path), {"large": content})
    storage.copy_file(f"{tmp_path}/large", bucket + "/large")
    assert storage.files_below(bucket) == {"large": 11 << 20}
    storage.copy_file(bucket + "/large", f"{tmp_path}/again")
    assert (tmp_path / "again").read_bytes() == content


def test_the_last_file_is_copied_last(tmp_path, monkeypatch):
    copied = []
    monkeypatch.setattr(storage, "copy_file", lambda source, target: copied.append(target))
    storage.copy_tree(write(str(tmp_path), FILES), "s3://b/7", last="saved_model.pb")
    assert sorted(copied) == [
        "s3://b/7/assets/deep/ü [1]*?.txt",
        "s3://b/7/saved_model.pb",
        "s3://b/7/variables/index",
    ]
    assert copied[-1] == "s3://b/7/saved_model.pb"


def test_a_store_lists_a_data_folder_as_a_disk_does(bucket, tmp_path):
    files = {"items.csv": b"12", "span-1/interactions.csv": b"123", "span-1/deep/er.csv": b"1"}
    local = write(str(tmp_path), files)
    os.mkdir(f"{local}/span-2")
    remote = write(bucket + "/data", files | {"": b"", "span-2/": b""})  # as consoles make folders
    assert storage.file_sizes(remote) == storage.file_sizes(local)
    assert storage.file_sizes(remote) == {"items.csv": 2, "span-1/interactions.csv": 3, "span-2/": 0}
    assert storage.files_below(remote) == {name: len(content) for name, content in files.items()}
    assert storage.subfolders(remote) == ["span-1", "span-2"]


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(tree=trees)
def test_any_tree_comes_back_from_a_disk(tmp_path, tree):
    check_tree(tree, str(tmp_path / "a"), str(tmp_path / "b"))


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(tree=trees)
def test_any_tree_comes_back_from_a_store(tmp_path, bucket, tree):
    check_tree(tree, str(tmp_path / "a"), bucket + "/b")


def check_tree(tree, source, target):
    write(source, tree)
    storage.copy_tree(source, target)
    assert storage.files_below(target) == {name: len(content) for name, content in tree.items()}
    assert storage.subfolders(target) == sorted({name.split("/")[0] for name in tree if "/" in name})
    storage.remove_tree(source)
    storage.copy_tree(target, source)
    assert read(source) == tree
    storage.remove_tree(source)
    storage.remove_tree(target)
    assert not storage.exists(target)
