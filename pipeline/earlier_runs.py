"""What earlier runs mean for the next one: which data was accepted, and what may have been learnt."""

import dataclasses
from collections.abc import Collection, Iterable, Mapping

from pipeline.summary import Summary


@dataclasses.dataclass(frozen=True)
class EarlierRuns:
    """What the ingest is told of earlier runs.

    Attributes:
        accepted_contents: digests of the files, among those that are there now, that a run accepted.
        test_not_before: the latest second from which on a pushed model was tested, and did not learn.
    """

    accepted_contents: Collection[str]
    test_not_before: int | None


def recall(summaries: Iterable[Summary], contents: Mapping[str, str]) -> EarlierRuns:
    """What matters of the runs that ended well.

    Those on the very same data are left out: a run that is repeated is told the same as the first time, and
    the cache can answer.

    Args:
        summaries: of these runs.
        contents: digest of every file that is there now, by name.
    """
    others = [summary for summary in summaries if summary.contents != contents]
    accepted = {digest for summary in others for digest in summary.contents.values()}
    pushed = [summary.test_from for summary in others if summary.pushed_version is not None]
    return EarlierRuns(
        sorted(accepted & set(contents.values())),
        max((second for second in pushed if second is not None), default=None),
    )
