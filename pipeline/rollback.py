"""Making another version the champion, while servers answer every request."""

import dataclasses
import enum

from components.pusher.withdrawal import bring_back, list_withdrawn, move_champion
from models.errors import UserError
from pipeline.labelling import step_back
from pipeline.locations import MODEL_NAME, Locations
from pipeline.versions_lock import hold_versions
from serving.model_config import VersionPolicy, read_model_config, write_model_config
from serving.versions import latest_version, list_versions


class Step(enum.Enum):
    """How far a call came. Servers have to take up each step but the last before the next one."""

    NAMED = "models.config names the version"
    LABELLED = "the labels have left every newer version"
    DONE = "the version is the champion"


@dataclasses.dataclass(frozen=True)
class Rollback:
    """What a call of `roll_back` did.

    Attributes:
        step: how far it came.
        champion_before: the newest version until then; None if all had been withdrawn.
        withdrawn: the versions that servers do not see any more, oldest first; none before the last step.
        returnable: those of them that can be brought back; a half-written one cannot.
    """

    step: Step
    champion_before: int | None
    withdrawn: list[int]
    returnable: list[int]


def roll_back(locations: Locations, version: int) -> Rollback:
    """Makes a version the champion: newer ones are withdrawn.

    A run may go on meanwhile. What it has compared with a champion that is none any more it does not push.

    A deployment whose models.config names versions or labels takes several calls, each the next step: a
    server looks at that file more rarely than at the folders, and would let go of a version whose folder is
    gone while a label still stands for it.

    Args:
        locations: of the deployment.
        version: pushed before; a withdrawn one comes back.

    Raises:
        UserError: if there is no such version.
        RootIsBusy: if another process keeps changing the versions.
        RunFailed: if their lock cannot be written.
    """
    with hold_versions(locations):
        _check_version(locations, version)
        champion = latest_version(locations.serving)
        bring_back(locations.serving, version)
        step = _prepare_servers(locations, version)
        withdrawn = move_champion(locations.serving, version) if step is Step.DONE else []
        present = set(list_withdrawn(locations.serving))
    return Rollback(step, champion, withdrawn, [number for number in withdrawn if number in present])


def _check_version(locations: Locations, version: int) -> None:
    pushed, withdrawn = list_versions(locations.serving), list_withdrawn(locations.serving)
    if not pushed and not withdrawn:
        raise UserError(
            f"--root {locations.root}: no version has been pushed; train and push one with `autoncf run`"
        )
    if version not in [*pushed, *withdrawn]:
        present = ", ".join(map(str, pushed)) or "none"
        also = f" and, withdrawn, {', '.join(map(str, withdrawn))}" if withdrawn else ""
        raise UserError(f"--to {version}: there is no such version; there are {present}{also}")


def _prepare_servers(locations: Locations, version: int) -> Step:
    """Makes one step in models.config, if there is one to make."""
    path = locations.models_config
    if not path.exists():
        return Step.DONE
    present = read_model_config(path, MODEL_NAME)
    following = step_back(present, list_versions(locations.serving), version)
    if following != present:
        write_model_config(path, MODEL_NAME, following)
        return Step.NAMED if following.policy != present.policy else Step.LABELLED
    needed = tuple(number for number in present.policy.versions if number <= version)
    if needed != present.policy.versions:
        policy = VersionPolicy(present.policy.latest, needed)
        write_model_config(path, MODEL_NAME, dataclasses.replace(present, policy=policy))
    return Step.DONE
