"""Version folders: whole or not there, whatever a push was killed at."""

import os
import shutil
import time

import pytest

from components import storage
from components.pusher import layout, versions
from components.pusher.versions import push_version, whole_versions

STEPS = [
    *((os, name) for name in ("makedirs", "scandir", "rename", "fsync")),
    *((storage, name) for name in ("open_bytes", "create_bytes")),
    (shutil, "rmtree"),
]

FILES = {
    "saved_model.pb": b"graph",
    "fingerprint.pb": b"fingerprint",
    "variables/variables.data-00000-of-00001": bytes(3 << 20),
    "assets/saved_model.pb": b"an asset of that name",
    "assets/model_info.json": b"incomplete",
    "assets.extra/tf_serving_warmup_requests": b"requests",
}

REPLACED = {"assets/model_info.json": b"complete"}


def write_model(folder, changes=None):
    for name, contents in {**FILES, **(changes or {})}.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(contents)
    return str(folder)


@pytest.fixture
def model(tmp_path):
    return write_model(tmp_path / "model")


@pytest.fixture
def base(tmp_path):
    return tmp_path / "serving" / "recommender"


def contents(folder):
    """File name -> bytes, without the record."""
    found = {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    found.pop(layout.RECORD_FILE)
    return found


def numbers(base):
    """The folders a server would try."""
    return sorted(int(path.name) for path in base.iterdir() if path.name.isdecimal()) if base.exists() else []


def test_first_version_is_the_time_and_holds_everything(model, base):
    before = int(time.time())
    version = push_version(model, str(base))
    assert before <= version <= time.time()
    assert contents(base / str(version)) == FILES
    assert [path.name for path in base.iterdir()] == [str(version)]


def test_latest_model_is_not_pushed_again(tmp_path, model, base):
    version = push_version(model, str(base))
    copy = write_model(tmp_path / "copy")
    assert push_version(copy, str(base)) == version
    assert numbers(base) == [version]


def test_replaced_files_stand_in_the_version_and_make_no_other_model(model, base):
    version = push_version(model, str(base), REPLACED)
    assert contents(base / str(version)) == FILES | REPLACED
    assert push_version(model, str(base), {"assets/model_info.json": b"later"}) == version
    assert contents(base / str(version)) == FILES | REPLACED


def test_broken_version_is_not_taken_for_the_model(tmp_path, model, base):
    """Its number is used, but a push of the same model must serve it again."""
    version = push_version(model, str(base))
    (base / str(version) / "saved_model.pb").unlink()
    again = push_version(model, str(base))
    assert again > version
    assert contents(base / str(again)) == FILES


def test_changed_model_and_return_to_an_older_one_are_new_versions(tmp_path, model, base):
    first = push_version(model, str(base))
    changed = write_model(tmp_path / "changed", {"fingerprint.pb": b"another"})
    second = push_version(changed, str(base))
    third = push_version(model, str(base))
    assert numbers(base) == [first, second, third]
    assert contents(base / str(third)) == FILES


def test_number_follows_a_version_of_the_future(model, base):
    (base / "99999999999").mkdir(parents=True)
    (base / "notes").mkdir()
    assert push_version(model, str(base)) == 100000000000


class Killed(BaseException):
    """Stands for the death of the process."""


def die(*_):
    raise Killed


def kill_at(monkeypatch, step):
    """Lets the process die before its step-th change to the disk; answers how many steps were made."""
    made = [0]

    def count(original):
        def counted(*arguments, **options):
            made[0] += 1
            if made[0] == step:
                raise Killed
            return original(*arguments, **options)

        return counted

    for module, name in STEPS:
        monkeypatch.setattr(module, name, count(getattr(module, name)))
    return made


def count_steps(monkeypatch, model, base):
    with monkeypatch.context() as patch:
        made = kill_at(patch, step=-1)
        push_version(model, base, REPLACED)
    return made[0]


@pytest.mark.parametrize("atomic", [True, False], ids=["rename", "object store"])
def test_push_killed_at_any_step_and_run_again(monkeypatch, tmp_path, model, atomic):
    monkeypatch.setattr(versions, "_renames_at_once", lambda base: atomic)
    steps = count_steps(monkeypatch, model, str(tmp_path / "counted"))
    assert steps > 15
    for step in range(1, steps + 1):
        base = tmp_path / f"killed-at-{step}"
        with monkeypatch.context() as patch:
            kill_at(patch, step)
            with pytest.raises(Killed):
                push_version(model, str(base), REPLACED)
        for number in numbers(base):
            visible = base / str(number)
            if atomic or (visible / "saved_model.pb").exists():  # what a server can load
                assert contents(visible) == FILES | REPLACED
        version = push_version(model, str(base), REPLACED)
        assert whole_versions(str(base)) == [version]
        with monkeypatch.context() as patch:
            patch.setattr(versions, "_LONGEST_PUSH_SECONDS", -10)  # what is half there is now old
            assert push_version(model, str(base), REPLACED) == version
        assert [path.name for path in base.iterdir()] == [str(version)]
        assert contents(base / str(version)) == FILES | REPLACED


def test_killed_push_leaves_the_older_version_alone(monkeypatch, tmp_path, model, base):
    first = push_version(model, str(base))
    changed = write_model(tmp_path / "changed", {"saved_model.pb": b"another"})
    with monkeypatch.context() as patch:
        patch.setattr(os, "rename", die)
        with pytest.raises(Killed):
            push_version(changed, str(base))
    assert numbers(base) == [first]
    assert (base / layout.STAGING_FOLDER).exists()
    second = push_version(changed, str(base))
    assert sorted(path.name for path in base.iterdir()) == [str(first), str(second)]
