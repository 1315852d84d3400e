"""A search whose state a store of objects keeps, for a pod that begins anew."""

from __future__ import annotations

import contextlib
import io
import json
import tempfile
import threading
import time
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path

from absl import logging

from components import storage
from models.errors import UserError
from models.search.results import SEARCH_REPORT

STATE = "state.zip"
"""All JSON files of a search, as they were at one moment: an object is there whole or not at all, while a pod
that is killed between two would leave a trial that the list of trials does not know."""
SECONDS = 5.0
"""Between two looks at what has changed; most trials take longer."""
OLD_SECONDS = 7 * 24 * 3600.0
"""Since its last change, after which nobody goes on with a search any more."""

State = dict[str, bytes]
"""Contents of the files of a search, by their names relative to its folder."""


@contextlib.contextmanager
def mirrored(address: str, search: str, seconds: float = SECONDS) -> Iterator[str]:
    """A local folder of searches with a remote one of them, whose state goes there as it changes.

    Beside the state lies the report of its trials, for people who look at it meanwhile.

    A store that cannot be written to does not end the block: it is tried again, and the first failure is
    told, once. A state that cannot be read, though it is there, is told and taken for none.

    Args:
        address: folder in a store of objects with a folder per search; need not be there.
        search: name of the search's folder.
        seconds: between two looks.

    Raises:
        UserError, OSError: if the store cannot be read at the start.
    """
    with tempfile.TemporaryDirectory() as folder:
        mirror = _Mirror(storage.join(address, search), Path(folder, search))
        ended = threading.Event()
        watch = threading.Thread(target=mirror.watch, args=(ended, seconds), daemon=True)
        watch.start()
        try:
            yield folder
        finally:
            ended.set()
            watch.join()


def forget_old(address: str) -> None:
    """Removes from a store of objects the states that nobody goes on with any more.

    Args:
        address: folder of all searches, which need not be there.
    """
    for name in storage.files_below(address):
        search, _, file = name.partition("/")
        with contextlib.suppress(FileNotFoundError):  # another run does the same
            if file == STATE and time.time() - storage.modified(storage.join(address, name)) > OLD_SECONDS:
                storage.remove_tree(storage.join(address, search))


class _Mirror:
    def __init__(self, address: str, folder: Path):
        self._address, self._folder = address, folder
        self._warned = False
        self._sent = self._fetch()
        for name, content in self._sent.items():
            file = folder / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)

    def watch(self, ended: threading.Event, seconds: float) -> None:
        """Sends what changes until the event, and once more then."""
        while not ended.wait(seconds):
            self._try_to_send()
        self._try_to_send()

    def _fetch(self) -> State:
        if STATE not in storage.files_below(self._address):
            return {}
        address = storage.join(self._address, STATE)
        with storage.open_bytes(address) as remote:
            content = io.BytesIO(remote.read())
        try:
            with zipfile.ZipFile(content) as archive:
                return {name: archive.read(name) for name in archive.namelist()}
        except (zipfile.BadZipFile, zlib.error) as error:
            logging.warning("%s is broken (%s): the search begins anew.", address, error)
            return {}

    def _try_to_send(self) -> None:
        try:
            self._send()
        except (OSError, UserError) as error:  # all that `components.storage` makes of a store's errors
            if not self._warned:
                logging.warning("The search goes on, but would be lost if it was interrupted now: %s", error)
            self._warned = True

    def _send(self) -> None:
        state = self._state()
        if state == self._sent or state != self._state() or not all(map(_is_json, state.values())):
            return  # nothing new, or something is being written: the next look finds it
        storage.write_bytes(storage.join(self._address, STATE), _zipped(state))
        if SEARCH_REPORT in state:
            storage.write_bytes(storage.join(self._address, SEARCH_REPORT), state[SEARCH_REPORT])
        self._sent = state

    def _state(self) -> State:
        files = self._folder.rglob("*.json")
        return {str(file.relative_to(self._folder)): file.read_bytes() for file in files}


def _zipped(state: State) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, file in state.items():
            archive.writestr(name, file)
    return content.getvalue()


def _is_json(content: bytes) -> bool:
    """Whether a file is whole: a piece of a JSON object is none."""
    try:
        json.loads(content)
    except ValueError:
        return False
    return True
