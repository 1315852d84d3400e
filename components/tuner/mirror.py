"""A local folder of searches that a store of objects keeps the state of, for a pod that begins anew."""

from __future__ import annotations

import contextlib
import io
import json
import tempfile
import threading
import zipfile
from collections.abc import Iterator
from pathlib import Path

from absl import logging

from components import storage
from models.errors import UserError
from models.search.results import SEARCH_REPORT

STATE = "state.zip"
"""All JSON files of a search, as they were at one moment: an object is there whole or not at all, while a pod
that is killed between two would leave a trial that the list of trials does not know."""
SEARCH = "search"
"""Custom property of a `tuner_results` artifact: the folder of its search in that of all searches."""
SECONDS = 5.0
"""Between two looks at what has changed; most trials take longer."""

State = dict[str, bytes]
"""Contents of the files of a search, by their names relative to its folder."""


@contextlib.contextmanager
def mirrored(address: str, seconds: float = SECONDS) -> Iterator[str]:
    """A local folder with the searches of a remote one, which gets the state of every search that goes on.

    Beside the state lies the report of its trials, for people who look at it meanwhile.

    A store that cannot be written to does not end the block: it is tried again, and the first failure is
    told, once.

    Args:
        address: folder in a store of objects with a folder per search; need not be there.
        seconds: between two looks.

    Raises:
        UserError, OSError: if the store cannot be read at the start.
    """
    with tempfile.TemporaryDirectory() as folder:
        mirror = _Mirror(address, Path(folder))
        ended = threading.Event()
        watch = threading.Thread(target=mirror.watch, args=(ended, seconds), daemon=True)
        watch.start()
        try:
            yield folder
        finally:
            ended.set()
            watch.join()


def forget(address: str, search: str) -> None:
    """Removes the state of a search from a store of objects, if it is there.

    Args:
        address: folder of all searches.
        search: name of its folder.
    """
    storage.remove_tree(storage.join(address, search))


class _Mirror:
    def __init__(self, address: str, folder: Path):
        self._address, self._folder = address, folder
        self._warned = False
        for name in storage.files_below(address):
            search, _, file = name.partition("/")
            if file == STATE:
                with storage.open_bytes(self._state_of(search)) as remote:
                    content = io.BytesIO(remote.read())
                with zipfile.ZipFile(content) as archive:
                    archive.extractall(folder / search)
        self._sent = self._states()

    def watch(self, ended: threading.Event, seconds: float) -> None:
        """Sends what changes until the event, and once more then."""
        while not ended.wait(seconds):
            self._try_to_send()
        self._try_to_send()

    def _try_to_send(self) -> None:
        try:
            self._send()
        except (OSError, UserError) as error:
            if not self._warned:
                logging.warning("The search goes on, but would be lost if it was interrupted now: %s", error)
            self._warned = True

    def _send(self) -> None:
        states = self._states()
        if states != self._states():  # something is being written: the next look finds it
            return
        for search, state in states.items():
            if state != self._sent.get(search) and all(map(_is_json, state.values())):
                storage.write_bytes(self._state_of(search), _zipped(state))
                if SEARCH_REPORT in state:
                    report = storage.join(self._address, f"{search}/{SEARCH_REPORT}")
                    storage.write_bytes(report, state[SEARCH_REPORT])
                self._sent[search] = state

    def _states(self) -> dict[str, State]:
        return {
            search: {
                str(file.relative_to(self._folder / search)): file.read_bytes()
                for file in (self._folder / search).rglob("*.json")
            }
            for search in storage.subfolders(str(self._folder))
        }

    def _state_of(self, search: str) -> str:
        return storage.join(self._address, f"{search}/{STATE}")


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
