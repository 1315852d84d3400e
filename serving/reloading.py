"""Which version of a model serves, and what became of every other."""

import contextlib
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import grpc

from serving.errors import ServingError
from serving.loaded_model import LoadedModel
from serving.request_error import RequestError
from serving.statuses import VersionState, VersionStatus
from serving.versions import fingerprint, version_folders


class ReloadingModel:
    """The newest version of a pushed model that loads; a request always meets a whole one.

    `reload` looks at the folder, loads and warms what is newer beside what serves, and swaps. A version that
    does not load is refused, keeps its error in `statuses`, and is tried again only after its files have
    changed. Removing the folder of the version that serves goes back to the newest one left; with none left,
    it serves on from memory.

    Args:
        name: the name clients ask for.
        base_path: the folder that holds the version folders.
        on_change: called with each new status, from the thread that calls `reload`.
    """

    def __init__(
        self, name: str, base_path: Path, on_change: Callable[[VersionStatus], None] | None = None
    ) -> None:
        self.name = name
        self.base_path = base_path
        self._on_change = on_change
        self._reload_lock = threading.Lock()  # one reload at a time; held while a model loads
        self._lock = threading.Lock()  # guards what follows; never held for long
        self._current: LoadedModel | None = None
        self._statuses: dict[int, VersionStatus] = {}
        self._refused: dict[int, frozenset[tuple[str, int, int]]] = {}

    @property
    def version(self) -> int | None:
        """The version that serves, None before the first one."""
        with self._lock:
            return self._current.version if self._current else None

    def statuses(self) -> list[VersionStatus]:
        """Every version seen and still on disk or in memory, newest first."""
        with self._lock:
            return sorted(self._statuses.values(), key=lambda status: status.version, reverse=True)

    @contextlib.contextmanager
    def lease(self, version: int | None = None) -> Iterator[LoadedModel]:
        """The model that serves, kept in memory inside the `with` even if a newer one replaces it meanwhile.

        Raises:
            RequestError: NOT_FOUND if `version` is given and not the one that serves, UNAVAILABLE if none is.
        """
        with self._lock:
            model = self._current
            if model is None:
                raise RequestError(grpc.StatusCode.UNAVAILABLE, f'model "{self.name}" is not loaded')
            if version is not None and version != model.version:
                raise RequestError(
                    grpc.StatusCode.NOT_FOUND,
                    f"Servable not found for request: Specific({self.name}, {version}); "
                    f"version {model.version} is served",
                )
            model.lease()
        try:
            yield model
        finally:
            model.release()

    def reload(self) -> None:
        """Looks at the folder once and lets the newest version that loads take over.

        Raises:
            OSError: if the folder cannot be read; what serves goes on serving.
        """
        with self._reload_lock:
            folders = version_folders(self.base_path)
            current = self.version
            for version, folder in folders.items():
                if version == current:
                    break
                model = self._try_to_load(version, folder)
                if model is not None:
                    self._swap(model)
                    break
            self._forget_missing(set(folders))

    def close(self) -> None:
        """Serves no more; the model's memory is freed when the last request under way has ended."""
        with self._reload_lock:
            self._swap(None)

    def _try_to_load(self, version: int, folder: Path) -> LoadedModel | None:
        files = fingerprint(folder)
        if self._refused.get(version) == files:
            return None
        self._set_status(VersionStatus(version, VersionState.LOADING))
        try:
            model = LoadedModel(version, folder)
            if fingerprint(folder) != files:
                model.release()
                raise ServingError(f"{folder}: was written to while it was being loaded")
        except (ServingError, OSError) as error:  # OSError: not readable, or removed meanwhile
            self._refused[version] = files
            self._set_status(VersionStatus(version, VersionState.END, str(error)))
            return None
        return model

    def _swap(self, model: LoadedModel | None) -> None:
        with self._lock:
            replaced, self._current = self._current, model
        if model is not None:
            self._set_status(VersionStatus(model.version, VersionState.AVAILABLE))
        if replaced is not None:
            self._set_status(VersionStatus(replaced.version, VersionState.END))
            replaced.release()

    def _set_status(self, status: VersionStatus) -> None:
        with self._lock:
            self._statuses[status.version] = status
        if self._on_change is not None:
            self._on_change(status)

    def _forget_missing(self, on_disk: set[int]) -> None:
        with self._lock:
            kept = on_disk | ({self._current.version} if self._current else set())
            self._statuses = {number: status for number, status in self._statuses.items() if number in kept}
            self._refused = {number: files for number, files in self._refused.items() if number in kept}
