"""Files that appear whole or not at all."""

from pathlib import Path

import pytest

from pipeline.experiments.whole_file import write_whole


def test_makes_folders_and_leaves_nothing_else(tmp_path: Path) -> None:
    write_whole(tmp_path / "a" / "b.txt", b"first")
    write_whole(tmp_path / "a" / "b.txt", b"second")
    assert {file.name: file.read_bytes() for file in (tmp_path / "a").iterdir()} == {"b.txt": b"second"}


def test_the_old_file_stays_when_writing_breaks_off(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "b.txt"
    write_whole(file, b"first")

    def break_off(self: Path, content: bytes) -> None:
        with self.open("wb") as output:
            output.write(content[:1])
        raise OSError("No space left on device")

    monkeypatch.setattr(Path, "write_bytes", break_off)
    with pytest.raises(OSError, match="No space"):
        write_whole(file, b"second")
    assert file.read_bytes() == b"first"
