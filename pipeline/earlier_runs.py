"""What earlier runs mean for the next one: which data was accepted, and what may have been learnt.

Both are told by the summaries of the runs that ended well. A run that was killed after its push has none, but
its model says for itself from when on it was tested.
"""

import dataclasses
from collections.abc import Collection, Iterable, Mapping

from components import storage
from components.pusher.versions import whole_versions
from models.errors import UserError
from pipeline.summary import Summary
from serving.model_info import MODEL_INFO_FILE, DataWindow, ModelInfo, contents_digest


@dataclasses.dataclass(frozen=True)
class EarlierRuns:
    """What the ingest is told of earlier runs.

    Attributes:
        accepted_contents: digests of the files, among those that are there now, that a run accepted.
        test_not_before: the latest second from which on a pushed model was tested, and did not learn.
    """

    accepted_contents: Collection[str]
    test_not_before: int | None


def recall(
    summaries: Iterable[Summary], contents: Mapping[str, str], champion_test_from: int | None
) -> EarlierRuns:
    """What matters of the runs that ended well.

    Those on the very same data are left out: a run that is repeated is told the same as the first time, and
    the cache can answer.

    Args:
        summaries: of these runs.
        contents: digest of every file that is there now, by name.
        champion_test_from: as of `champion_test_from`.
    """
    others = [summary for summary in summaries if summary.contents != contents]
    accepted = {digest for summary in others for digest in summary.contents.values()}
    pushed = [summary.test_from for summary in others if summary.pushed_version is not None]
    tests = [second for second in [*pushed, champion_test_from] if second is not None]
    return EarlierRuns(sorted(accepted & set(contents.values())), max(tests, default=None))


def champion_test_from(serving: str, contents: Mapping[str, str]) -> int | None:
    """First second on which the newest version was tested that has learnt from other data than there is now.

    Versions of the very same data are passed over for the reason that their summaries are.

    Args:
        serving: folder of the versions, local or remote.
        contents: as of `recall`.

    Returns:
        None without such a version, or where it does not tell.

    Raises:
        UserError: if a version's model info cannot be read.
    """
    now = contents_digest(contents)
    for version in whole_versions(serving):
        window = _data_window(storage.join(serving, f"{version}/{MODEL_INFO_FILE.as_posix()}"))
        if window is None or window.contents != now:
            return None if window is None else window.test_from
    return None


def _data_window(path: str) -> DataWindow | None:
    """What a version says of its data; None if it is a model from elsewhere."""
    if not storage.exists(path):
        return None
    try:
        return ModelInfo.model_validate_json(storage.read_text(path)).data
    except ValueError as error:
        reason = str(error).splitlines()[0]
        raise UserError(f"{path}: is no model info ({reason}); remove the folder of this version.") from None
