"""The folder appears whole or not at all, and nothing of the user's is overwritten."""

import os
import signal
import subprocess
import sys

import pytest

from models.errors import UserError
from pipeline.datasets import NAMES, fetch
from pipeline.datasets.canonical import staged


def test_an_unknown_name_lists_the_names():
    with pytest.raises(UserError) as error:
        fetch("ML1M", "unused")
    assert all(name in str(error.value) for name in NAMES)
    assert "did you mean ml-1m?" in str(error.value)


def test_a_second_fetch_does_nothing(published, tmp_path):
    first = fetch("ml-100k", tmp_path / "out", published.folder("ml-100k"))
    written = (tmp_path / "out/interactions.csv").stat().st_mtime_ns
    second = fetch("ml-100k", tmp_path / "out")
    assert second.already_there
    assert (second.counts, second.titles, second.source) == (first.counts, first.titles, first.source)
    assert (tmp_path / "out/interactions.csv").stat().st_mtime_ns == written


def test_force_replaces_a_fetched_folder_only(published, tmp_path):
    source = published.folder("ml-100k")
    fetch("ml-100k", tmp_path / "out", source)
    (tmp_path / "out/interactions.csv").write_text("spoilt")
    assert not fetch("ml-100k", tmp_path / "out", source, force=True).already_there
    assert (tmp_path / "out/interactions.csv").read_text().startswith("user_id")
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "thesis.txt").write_text("irreplaceable")
    with pytest.raises(UserError, match="was not made by"):
        fetch("ml-100k", mine, source, force=True)
    assert (mine / "thesis.txt").read_text() == "irreplaceable"


def test_a_failed_force_keeps_what_was_there(published, tmp_path):
    fetch("ml-100k", tmp_path / "out", published.folder("ml-100k"))
    with pytest.raises(UserError):
        fetch("ml-100k", tmp_path / "out", tmp_path / "nowhere", force=True)
    assert fetch("ml-100k", tmp_path / "out").already_there


def test_another_dataset_is_not_overwritten(published, tmp_path):
    fetch("ml-100k", tmp_path / "out", published.folder("ml-100k"))
    with pytest.raises(UserError, match="holds ml-100k"):
        fetch("ml-1m", tmp_path / "out", published.folder("ml-1m"))
    fetch("ml-1m", tmp_path / "out", published.folder("ml-1m"), force=True)
    assert fetch("ml-1m", tmp_path / "out").already_there


def test_a_folder_that_lost_its_interactions_is_not_complete(published, tmp_path):
    fetch("ml-100k", tmp_path / "out", published.folder("ml-100k"))
    (tmp_path / "out/interactions.csv").unlink()
    with pytest.raises(UserError, match="lost its interactions"):
        fetch("ml-100k", tmp_path / "out")


def test_an_empty_folder_may_be_filled(published, tmp_path):
    (tmp_path / "out").mkdir()
    assert not fetch("ml-100k", tmp_path / "out", published.folder("ml-100k")).already_there


def test_a_place_that_cannot_be_written_is_named(published, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match=r"Cannot fetch ml-100k: .*file"):
        fetch("ml-100k", tmp_path / "file/out", published.folder("ml-100k"))


def test_interrupting_leaves_nothing(published, tmp_path):
    def interrupt(step: str, done: int, total: int | None) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fetch("ml-100k", tmp_path / "out", published.folder("ml-100k"), progress=interrupt)
    assert [path.name for path in tmp_path.iterdir()] == ["published"]


def test_killing_leaves_nothing_that_looks_complete(tmp_path):
    """A process killed while it writes leaves a hidden folder; the place itself stays free."""
    program = (
        "import os, signal, sys; from pathlib import Path; from pipeline.datasets.canonical import staged\n"
        "with staged(Path(sys.argv[1])) as folder:\n"
        "    (folder / 'interactions.csv').write_text('user_id')\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    killed = subprocess.run([sys.executable, "-c", program, str(tmp_path / "out")], check=False)
    assert killed.returncode == -signal.SIGKILL
    assert not (tmp_path / "out").exists()
    assert all(path.name.startswith(".") for path in tmp_path.iterdir())
    with staged(tmp_path / "out"):
        pass
    assert os.listdir(tmp_path) == ["out"]


def test_staged_replaces_in_one_step(tmp_path):
    out = tmp_path / "out"
    out.mkdir()
    (out / "old").write_text("")
    with staged(out) as folder:
        (folder / "new").write_text("")
        assert os.listdir(out) == ["old"]
    assert os.listdir(out) == ["new"]
    assert os.listdir(tmp_path) == ["out"]
