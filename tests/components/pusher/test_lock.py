"""Who changes the versions takes turns."""

import threading

import pytest

from components.pusher.lock import hold_versions


def test_second_waits_for_the_first(tmp_path):
    order = []

    def second():
        with hold_versions(tmp_path, patience_seconds=60):
            order.append("second")

    waiting = threading.Thread(target=second)
    with hold_versions(tmp_path):
        waiting.start()
        order.append("first")
    waiting.join(timeout=60)
    assert order == ["first", "second"]


def test_patience_ends(tmp_path):
    sentence = f"another process has been changing the versions in {tmp_path} for 0 s"
    with hold_versions(tmp_path), pytest.raises(TimeoutError) as error, hold_versions(tmp_path, 0):
        pass
    assert str(error.value) == sentence


def test_freed_by_an_error(tmp_path):
    with pytest.raises(ZeroDivisionError), hold_versions(tmp_path):
        raise ZeroDivisionError
    with hold_versions(tmp_path, 0):
        pass


def test_folder_that_is_not_there_is_not_made(tmp_path):
    with hold_versions(tmp_path / "none"):
        pass
    assert list(tmp_path.iterdir()) == []
