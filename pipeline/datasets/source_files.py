"""The publisher's files, whether they lie in a folder or inside an archive."""

import contextlib
import io
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from models.errors import UserError


class SourceFiles:
    """Opens the publisher's files by their bare names.

    Args:
        path: a folder that holds them directly, or a zip archive (a wheel is one) that holds them anywhere.
    """

    def __init__(self, path: Path):
        self.path = path
        self._members: dict[str, str] = {}
        if path.is_file():
            try:
                with zipfile.ZipFile(path) as archive:
                    names = archive.namelist()
            except zipfile.BadZipFile:
                raise UserError(f"{path} is not a whole zip archive; download it again.") from None
            # The longest paths first, so that of two members with one name the outermost stays.
            self._members = {name.rsplit("/", 1)[-1]: name for name in sorted(names, key=len, reverse=True)}

    def __contains__(self, name: str) -> bool:
        return name in self._members if self.path.is_file() else (self.path / name).is_file()

    @contextlib.contextmanager
    def open(self, name: str) -> Iterator[BinaryIO]:
        """The bytes of the file `name`.

        Raises:
            UserError: if the archive is damaged there.
        """
        if not self.path.is_file():
            with (self.path / name).open("rb") as stream:
                yield stream
            return
        try:
            with zipfile.ZipFile(self.path) as archive, archive.open(self._members[name]) as member:
                yield io.BufferedReader(member, 1 << 20)  # type: ignore[type-var]
        except (zipfile.BadZipFile, zlib.error, EOFError) as error:
            raise UserError(f"{self.path} is damaged at {name} ({error}); download it again.") from None


def locate(source: Path, names: tuple[str, ...], places: tuple[str, ...]) -> SourceFiles | None:
    """The first of `places` (folders or patterns of archives) in `source` that holds all `names`, or None.

    `source` may also be the archive itself.
    """
    if source.is_file():
        found = [source]
    else:
        found = [
            path for place in places for path in ([source] if place == "." else sorted(source.glob(place)))
        ]
    for path in found:
        files = SourceFiles(path)
        if all(name in files for name in names):
            return files
    return None
