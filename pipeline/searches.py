"""What the searches of a deployment found: it stays when the artifacts have gone."""

import contextlib
from pathlib import PurePosixPath

from components import storage
from models.errors import UserError
from models.search.best import BEST
from models.search.results import SEARCH_REPORT


def save_search(results: str, searches: str, run_id: str) -> None:
    """Copies report and best of a search into a folder of its own, unless it is the last one there.

    So nothing is copied where the cache answered for the last search. Where it answered for an earlier one,
    that becomes the last: it is what the run trains.

    Args:
        results: the TunerResults artifact, local or remote.
        searches: folder with a folder per run that searched, local or remote.
        run_id: names the new one.
    """
    if any(_is_of(storage.join(searches, name), results) for name in saved_searches(searches)[-1:]):
        return
    for name in (SEARCH_REPORT, BEST):  # the best last: who sees it sees both
        storage.copy_file(storage.join(results, name), _path(searches, run_id, name))


def remove_unfinished(results: str, unfinished: str) -> None:
    """Removes the folder that the Tuner worked in, now that there is its artifact.

    Args:
        results: the TunerResults artifact, local or remote.
        unfinished: folder with a folder per search that goes on.
    """
    report = storage.read_text(storage.join(results, SEARCH_REPORT))
    for folder in (storage.join(unfinished, name) for name in storage.subfolders(unfinished)):
        with contextlib.suppress(FileNotFoundError):  # one that has just begun, or another run does the same
            if storage.read_text(storage.join(folder, SEARCH_REPORT)) == report:
                storage.remove_tree(folder)


def saved_searches(searches: str) -> list[str]:
    """Ids of the runs that searched, the oldest first; none if the folder is not there.

    Args:
        searches: as of `save_search`.
    """
    paths = map(PurePosixPath, storage.files_below(searches))
    return sorted(str(path.parent) for path in paths if path.name == BEST and len(path.parts) == 2)


def last_best(searches: str) -> str:
    """Path of the best of the last search.

    Args:
        searches: as of `save_search`.

    Raises:
        UserError: if there is none.
    """
    saved = saved_searches(searches)
    if not saved:
        raise UserError(
            "search.pinned = 'last': no search has ended in this root yet; begin with one, as "
            "`autoncf run --tune` does, or leave search.pinned out."
        )
    return _path(searches, saved[-1], BEST)


def _is_of(folder: str, results: str) -> bool:
    """Whether a saved search is the one of an artifact."""
    names = (BEST, SEARCH_REPORT)  # the best first: it is short, and mostly another
    try:
        return all(
            storage.read_text(storage.join(folder, name)) == storage.read_text(storage.join(results, name))
            for name in names
        )
    except FileNotFoundError:  # the report was removed
        return False


def _path(searches: str, run_id: str, name: str) -> str:
    return storage.join(searches, f"{run_id}/{name}")
