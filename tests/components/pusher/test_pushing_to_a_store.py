"""Versions in a store of objects: no renames, no locks, `saved_model.pb` last."""

import time

import pytest

from components import storage
from components.pusher.layout import RECORD_FILE, WITHDRAWN_FOLDER
from components.pusher.versions import (
    NotPushed,
    newest_version,
    push_version,
    version_numbers,
    whole_versions,
)

FILES = {"saved_model.pb": "graph", "variables/index": "", "assets/model_info.json": "incomplete"}
PUSHED = FILES | {"assets/model_info.json": "complete"}


@pytest.fixture
def model(tmp_path):
    return write_model(f"{tmp_path}/model", FILES)


@pytest.fixture
def base(bucket):
    return bucket + "/serving/recommender"


def write_model(folder, files):
    for name, text in files.items():
        storage.write_text(storage.join(folder, name), text)
    return folder


def push(model, base, compared_with=None):
    return push_version(model, base, {"assets/model_info.json": b"complete"}, compared_with)


def contents(folder):
    names = [name for name in storage.files_below(folder) if name != RECORD_FILE]
    return {name: storage.read_text(storage.join(folder, name)) for name in names}


def test_a_model_is_pushed_once(model, base):
    version = push(model, base)
    assert contents(f"{base}/{version}") == PUSHED
    assert push(model, base) == version
    assert storage.subfolders(base) == [str(version)]


def test_another_model_and_the_first_again_are_new_versions(model, base, tmp_path):
    other = write_model(f"{tmp_path}/other", FILES | {"variables/index": "others"})
    pushed = [push(model, base), push(other, base), push(model, base)]
    assert sorted(set(pushed)) == pushed
    assert contents(f"{base}/{pushed[1]}") == PUSHED | {"variables/index": "others"}


def test_a_model_may_be_pushed_from_a_store(model, base, bucket):
    storage.copy_tree(model, bucket + "/model")
    version = push(bucket + "/model", base)
    assert contents(f"{base}/{version}") == PUSHED
    assert push(model, base) == version


def test_half_a_version_is_removed_a_day_later(model, base, tmp_path, monkeypatch):
    """What is left of a push that ended before the last file; until then it may go on elsewhere."""
    version = push(model, base)
    other = write_model(f"{tmp_path}/other", FILES | {"saved_model.pb": "others"})

    def copy_all_but_the_last(source, target):
        if source.endswith("saved_model.pb"):
            raise KeyboardInterrupt
        copy_file(source, target)

    with monkeypatch.context() as patch:
        copy_file = storage.copy_file
        patch.setattr(storage, "copy_file", copy_all_but_the_last)
        with pytest.raises(KeyboardInterrupt):
            push(other, base)
    [half] = set(storage.subfolders(base)) - {str(version)}
    assert contents(f"{base}/{half}") == {name: PUSHED[name] for name in PUSHED if name != "saved_model.pb"}
    again = push(model, base)  # the model that is there
    assert again == version
    assert storage.subfolders(base) == [str(version), half]
    assert (newest_version(base), whole_versions(base)) == (version, [version])
    monkeypatch.setattr(time, "time", lambda: int(half) + 24 * 3600 - 1.0)
    push(model, base)
    assert storage.subfolders(base) == [str(version), half]
    monkeypatch.setattr(time, "time", lambda: int(half) + 24 * 3600 + 1.0)
    push(model, base)
    assert storage.subfolders(base) == [str(version)]


def test_number_of_half_a_version_is_taken(model, base):
    write_model(f"{base}/99999999999", {"variables/index": "being pushed by another run"})
    assert push(model, base) == 100000000000
    assert version_numbers(base) == [100000000000, 99999999999]


def test_a_withdrawn_model_is_not_pushed(model, base):
    version = push(model, base)
    storage.copy_tree(f"{base}/{version}", f"{base}/{WITHDRAWN_FOLDER}/{version}")
    storage.remove_tree(f"{base}/{version}")
    with pytest.raises(NotPushed, match=f"this model was withdrawn as version {version}"):
        push(model, base)


def test_a_model_that_was_compared_with_an_older_champion_is_not_pushed(model, base, tmp_path):
    for version in (7, 8):
        write_model(f"{base}/{version}", {"saved_model.pb": "older"})
    with pytest.raises(NotPushed, match="compared with version 7, and the champion is 8 now"):
        push(model, base, compared_with=7)
    assert push(model, base, compared_with=8) > 8


def test_numbers_that_are_used_up(model, base):
    write_model(f"{base}/99999999999", {"saved_model.pb": "of the future"})
    write_model(f"{base}/notes", {"saved_model.pb": "no version"})
    assert push(model, base) == 100000000000
    assert whole_versions(base) == [100000000000, 99999999999]
