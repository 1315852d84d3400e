"""Which pushed versions are called stable and canary, by the rules of TensorFlow Serving."""

import dataclasses
from collections.abc import Sequence

from models.errors import UserError
from serving.model_config import ModelSource, VersionPolicy


def relabel(
    present: ModelSource, pushed: Sequence[int], stable: int | None, canary: int | None
) -> ModelSource:
    """What is served once the labels have moved.

    Only versions with a label are served, and the one that was stable before, so that going back takes no
    time. Labels that stay where they are change nothing.

    Args:
        present: what is served now; without labels before the first ones are given.
        pushed: every version there is, oldest first.
        stable: the version to get this label; None: the one that has it, or the newest.
        canary: the version to get this label; None: no version has it any more.

    Raises:
        UserError: if a version is not pushed, or a label would move to a version that is not served now,
            which TensorFlow Serving refuses.
    """
    labels = {"stable": _stable(present, pushed) if stable is None else stable}
    if canary is not None:
        labels["canary"] = canary
    for label, version in labels.items():
        if version not in pushed:
            raise UserError(
                f"--{label} {version}: no such version has been pushed; there are "
                f"{', '.join(map(str, pushed)) or 'none'}"
            )
        _check_move(label, version, present, pushed)
    if labels == present.labels:
        return present
    served = set(labels.values())
    before = present.labels.get("stable")
    if before is not None and before in pushed:
        served.add(before)
    return dataclasses.replace(
        present, policy=VersionPolicy(latest=None, versions=tuple(sorted(served))), labels=labels
    )


def step_back(present: ModelSource, pushed: Sequence[int], version: int) -> ModelSource:
    """The next step to servers that need no version newer than this one; `present` once they need none.

    Where servers follow the newest folder they never need a step. Where versions are named, this one is named
    first, so that they load it; then the label stable moves to it, and other labels leave newer versions.
    Every version stays that servers have loaded meanwhile, so no request meets a label without a model.

    Args:
        present: what is served now.
        pushed: every version there is, this one among them.
        version: to go back to.
    """
    if not present.labels and not present.policy.versions:
        return present
    served = present.policy.choose(pushed)
    if version not in served:
        policy = VersionPolicy(latest=None, versions=tuple(sorted([*served, version])))
        return dataclasses.replace(present, policy=policy)
    labels = {label: labelled for label, labelled in present.labels.items() if labelled <= version}
    if "stable" in present.labels:
        labels["stable"] = version
    return dataclasses.replace(present, labels=labels)


def _stable(present: ModelSource, pushed: Sequence[int]) -> int:
    if "stable" in present.labels:
        return present.labels["stable"]
    if not pushed:
        raise UserError("no version has been pushed: train and push one with `autoncf run`")
    return pushed[-1]


def _check_move(label: str, version: int, present: ModelSource, pushed: Sequence[int]) -> None:
    """TensorFlow Serving gives a new label to a version it is yet to load, but moves none to such a one."""
    if present.labels.get(label, version) == version or version in present.policy.choose(pushed):
        return
    way = (
        f"give it the label canary first (--canary {version})"
        if label == "stable"
        else "take the label away first (--stable alone)"
    )
    raise UserError(
        f"--{label} {version}: this version is not served yet, and TensorFlow Serving moves a label only to "
        f"one that is: {way}, and repeat this once the servers have taken that up"
    )
