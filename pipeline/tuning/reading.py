"""Which search a report is about, and where it lies."""

import dataclasses
from pathlib import Path

from pydantic import ValidationError

from components import storage
from models.errors import UserError
from models.search.best import BEST
from models.search.results import SEARCH_REPORT, SearchReport
from pipeline.kubeflow.remote_root import RemoteRoot
from pipeline.locations import Locations
from pipeline.searches import saved_searches


@dataclasses.dataclass(frozen=True)
class Search:
    """A search of a root.

    Attributes:
        folder: of its report, local or remote.
        run_id: of the run that it was part of; None while it is unfinished.
        report: its trials so far.
    """

    folder: str
    run_id: str | None
    report: SearchReport

    @property
    def title(self) -> str:
        """Such as `search 2026-11-20T03:00:00`."""
        return f"search {self.run_id or 'of a run that has not ended'}"

    @property
    def best_file(self) -> str | None:
        """The best as a fragment of a config; None while the search is unfinished."""
        return None if self.run_id is None else storage.join(self.folder, BEST)


def read_search(root: str, run_id: str | None = None) -> Search:
    """The search of a run; without a run the last one, be it unfinished.

    Args:
        root: of a deployment, local or remote.
        run_id: one of the folders of `ROOT/searches`.

    Raises:
        UserError: if there is no search, none of that run, or its report cannot be read.
    """
    place = Locations(Path(root)) if storage.is_local(root) else RemoteRoot(root.rstrip("/"))
    searches, in_work = str(place.searches), str(place.unfinished_searches)
    try:
        ended = {run: storage.join(searches, run) for run in saved_searches(searches)}
        unfinished = [
            storage.join(in_work, name.removesuffix("/" + SEARCH_REPORT))
            for name in storage.files_below(in_work)
            if name.endswith("/" + SEARCH_REPORT)
        ]
        if run_id is not None and run_id not in ended:
            known = f"there are {', '.join(ended)}" if ended else "there is none yet"
            raise UserError(f"--search {run_id}: no run with a search in {searches}; {known}.")
        if not ended and not unfinished:
            raise UserError(
                f"{root}: no search has run here, or none of its trials has ended yet; a run searches with "
                "`autoncf run --tune`, which sets search.enabled."
            )
        folder = ended[run_id] if run_id else _last([*list(ended.values())[-1:], *unfinished])
        return Search(folder, next((run for run in ended if ended[run] == folder), None), _read(folder))
    except FileNotFoundError:  # an unfinished one ended, or a folder was removed
        raise UserError(
            f"{searches}: a {SEARCH_REPORT} was removed while it was looked for; ask again, or choose "
            "another run with --search."
        ) from None


def _last(folders: list[str]) -> str:
    """The search whose report was written last: one that is unfinished may have gone on since."""
    if len(folders) == 1:
        return folders[0]
    return max(folders, key=lambda folder: storage.modified(storage.join(folder, SEARCH_REPORT)))


def _read(folder: str) -> SearchReport:
    path = storage.join(folder, SEARCH_REPORT)
    try:
        return SearchReport.model_validate_json(storage.read_text(path))
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        reason = ": ".join([*filter(None, [".".join(map(str, first["loc"]))]), first["msg"]])
    except UnicodeDecodeError:
        reason = "it is not UTF-8"
    raise UserError(
        f"{path}: is no report of a search ({reason}); choose another run with --search, or remove the file."
    )
