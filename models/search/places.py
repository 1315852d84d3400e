"""The places of workers, some of which may have to be given up."""

MOST_DEATHS = 2
"""A place is given up after so many workers in a row that ended before they had read the data."""


class Places:
    """Where workers can be started.

    A worker that ends while it starts, as for want of memory, says nothing against the others: its place gets
    another one, but not before some worker has been ready, since until then it may be the data.

    Args:
        count: of places, numbered from 0.

    Attributes:
        reason: why the last worker ended while it started, a sentence; empty if none did.
    """

    def __init__(self, count: int):
        self.reason = ""
        self._deaths = [0] * count
        self._ever_ready = False

    @property
    def usable(self) -> list[int]:
        """The places that may be given a trial."""
        most = MOST_DEATHS if self._ever_ready else 1
        return [place for place, deaths in enumerate(self._deaths) if deaths < most]

    def ready(self, place: int) -> None:
        """Takes note of a worker that has read the data."""
        self._ever_ready = True
        self._deaths[place] = 0

    def died(self, place: int, reason: str) -> None:
        """Takes note of a worker that ended before."""
        self._deaths[place] += 1
        self.reason = reason
