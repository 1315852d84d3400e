"""How a search is said to have come to nothing."""

from models.errors import UserError
from models.search.results import SearchReport


def nothing_found(report: SearchReport) -> UserError:
    """No trial has a value."""
    reason = report.trials[0].reason if report.trials else "There was no time for any."
    return UserError(
        f"None of the {len(report.trials)} trials of the search came to a value of {report.objective}. The "
        f"first: {reason} Give the search more search.minutes, or restrict search.space to structures that "
        "this data allows."
    )


def no_worker(reason: str, workers: int) -> str:
    """No worker can be started.

    Args:
        reason: why the last one ended, a sentence.
        workers: how many there should be.
    """
    return (
        f"A worker of the search ended before it had read the data. {reason} If there is not enough memory "
        f"for search.workers = {workers}, set fewer; ended trials are kept."
    )
