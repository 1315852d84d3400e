"""Which search a report is about, and where it lies."""

import dataclasses

from pydantic import ValidationError

from components import storage
from models.errors import UserError
from models.search.best import BEST
from models.search.results import SEARCH_REPORT, SearchReport

SEARCHES = "searches"
UNFINISHED = "unfinished"


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
    searches = storage.join(root, SEARCHES)
    folders = [
        name.removesuffix("/" + SEARCH_REPORT)
        for name in storage.files_below(searches)
        if name.endswith("/" + SEARCH_REPORT)
    ]
    # A run's id is the time of its start, so the order of the names is that of the runs.
    ended = sorted(folder for folder in folders if folder.split("/")[0] != UNFINISHED)
    unfinished = [folder for folder in folders if folder not in ended]
    if run_id is not None and run_id not in ended:
        known = f"there are {', '.join(ended)}" if ended else "there is none yet"
        raise UserError(f"--search {run_id}: no run with a search in {searches}; {known}.")
    if not folders:
        raise UserError(
            f"{root}: no search has run here, or none of its trials has ended yet; a run searches with "
            "`autoncf run --tune`, which sets search.enabled."
        )
    chosen = run_id or _last(searches, ended, unfinished)
    folder = storage.join(searches, chosen)
    return Search(folder, chosen if chosen in ended else None, _read(storage.join(folder, SEARCH_REPORT)))


def _last(searches: str, ended: list[str], unfinished: list[str]) -> str:
    """The last one that ended, or an unfinished one that has gone on since."""
    if not unfinished:
        return ended[-1]
    changed = {
        folder: storage.modified(storage.join(searches, f"{folder}/{SEARCH_REPORT}"))
        for folder in [*ended[-1:], *unfinished]
    }
    return max(changed, key=lambda folder: changed[folder])


def _read(path: str) -> SearchReport:
    try:
        return SearchReport.model_validate_json(storage.read_text(path))
    except (ValidationError, UnicodeDecodeError) as error:
        reason = " ".join(str(error).split())[:200]
        raise UserError(
            f"{path}: is no report of a search ({reason}); choose another run with --search, or remove the "
            "file."
        ) from None
