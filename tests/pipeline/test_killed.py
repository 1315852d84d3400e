"""A run that is killed twice and then ends: it goes on where it was, and no server sees half a version."""

import dataclasses
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from components.pusher.versions import STAGING_FOLDER
from pipeline.store import Run
from pipeline.summary import Summary
from serving.client import Recommender
from serving.errors import ServingError
from serving.server import EmbeddedServer
from serving.versions import version_folders
from tests.pipeline import killed_run
from tests.pipeline.deployment import IMPLICIT, Deployment

pytestmark = pytest.mark.slow


@dataclasses.dataclass(frozen=True)
class Aftermath:
    """What a killed process left.

    Attributes:
        status: of the process.
        run: the last one in the store.
        folders: that have a version's name.
        staged: whether a model lies beside them.
        refusal: what a server says that is started now.
    """

    status: int
    run: Run
    folders: list[int]
    staged: bool
    refusal: str


@dataclasses.dataclass(frozen=True)
class Killings:
    """Killed in the Trainer, killed in the Pusher, and left alone, one after another in one root."""

    deployment: Deployment
    in_trainer: Aftermath
    in_pusher: Aftermath
    summary: Summary
    folders: list[int]


@pytest.fixture(scope="module")
def killings(tmp_path_factory, implicit_data):
    root = tmp_path_factory.mktemp("killed-root")
    deployment = Deployment(implicit_data, root, "implicit", (*IMPLICIT, "train.epochs=3"))
    in_trainer = _kill(deployment, "trainer")
    in_pusher = _kill(deployment, "pusher")
    return Killings(deployment, in_trainer, in_pusher, deployment.run(), _folders(deployment))


def _kill(deployment, moment):
    script = [sys.executable, killed_run.__file__, moment]
    repository = Path(killed_run.__file__).parents[2]
    done = subprocess.run(
        [*script, *deployment.arguments()], cwd=repository, capture_output=True, timeout=300, check=False
    )
    return Aftermath(
        done.returncode,
        deployment.runs[-1],
        _folders(deployment),
        (deployment.locations.serving / STAGING_FOLDER).exists(),
        _refusal(deployment),
    )


def _folders(deployment):
    return list(version_folders(deployment.locations.serving))


def _refusal(deployment):
    server = EmbeddedServer(deployment.locations.serving, port=0)
    with pytest.raises(ServingError) as error:
        server.start()
    return str(error.value)


def states(run):
    return {component.name: component.state for component in run.components}


def test_killed_in_the_trainer(killings):
    killed = killings.in_trainer
    assert killed.status == -signal.SIGKILL
    assert killed.run.components[-1].name == "Trainer"
    assert states(killed.run)["Transform"] == "ran"
    assert killed.folders == []
    assert not killed.staged
    assert "version" in killed.refusal


def test_next_run_goes_on_and_is_killed_in_the_pusher(killings):
    killed = killings.in_pusher
    assert killed.status == -signal.SIGKILL
    reached = states(killed.run)
    assert reached["InteractionExampleGen"] == reached["Transform"] == "cached"
    assert reached["Trainer"] == reached["Evaluator"] == "ran"
    assert killed.run.components[-1].name == "AtomicPusher"
    assert killed.folders == []
    assert killed.staged
    assert "version" in killed.refusal


def test_last_run_only_has_to_push(killings):
    summary = killings.summary
    assert set(summary.cached) >= {"InteractionExampleGen", "StatisticsGen", "Transform", "Trainer"}
    assert summary.blessed
    assert killings.folders == [summary.pushed_version]
    assert not (killings.deployment.locations.serving / STAGING_FOLDER).exists()


def test_version_is_whole(killings):
    with (
        EmbeddedServer(killings.deployment.locations.serving, port=0) as server,
        Recommender(server.address) as recommender,
    ):
        assert recommender.model_version() == killings.summary.pushed_version
        assert len(recommender.recommend("u1", 10).items) == 10


def test_status_tells_of_all_three(killings, autoncf, monkeypatch):
    monkeypatch.setenv("COLUMNS", "120")
    answer = autoncf("status", "--root", killings.deployment.root)
    assert answer.status == 0
    assert answer.out.count("running or killed at Trainer") == 1
    assert answer.out.count("running or killed at AtomicPusher") == 1
    assert f"champion: version {killings.summary.pushed_version}" in answer.out
