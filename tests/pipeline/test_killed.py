"""Runs that are killed in every component: each next one goes on, and the server serves what it served."""

import dataclasses
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from components.pusher.layout import STAGING_FOLDER
from pipeline.store import Artifact, Execution, Run, open_store
from serving.client import Recommender
from serving.errors import ServingError
from serving.server import EmbeddedServer
from serving.versions import version_folders
from tests.pipeline import killed_run, planted
from tests.pipeline.deployment import IMPLICIT, Deployment
from tests.pipeline.listener import Listener
from tests.pipeline.runs_to_kill import CAN_MOUNT, Ending, RunsToKill

pytestmark = pytest.mark.slow


@dataclasses.dataclass(frozen=True)
class Aftermath:
    """What a run left.

    Attributes:
        ending: of its process.
        run: as the store knows it.
        folders: that have a version's name.
        staged: whether a model lies beside them.
    """

    ending: Ending
    run: Run
    folders: list[int]
    staged: bool


@dataclasses.dataclass(frozen=True)
class Killings:
    """One root, which begins with a metadata store that is none. Once there is a version, new data comes.

    Attributes:
        deployment: with the new data.
        in_training: killed in the first epoch.
        refusal: what a server said then.
        in_push: killed before the version was there.
        first: ended well, on the first data.
        killed: by component, killed when it had begun to write about the new data.
        full_disk: of the Trainer, before it was killed; None where nothing can be mounted.
        last: ended well.
        listener: asked a server from the first version until after the last run.
    """

    deployment: Deployment
    in_training: Aftermath
    refusal: str
    in_push: Aftermath
    first: Aftermath
    killed: dict[str, Aftermath]
    full_disk: Aftermath | None
    last: Aftermath
    listener: Listener


@pytest.fixture(scope="module")
def killings(tmp_path_factory, implicit_data):
    root = tmp_path_factory.mktemp("killed-root")
    settings = (*IMPLICIT, "train.epochs=3", "evaluation.max_regression=1.0")
    old = Deployment(implicit_data, root, "implicit", settings)
    old.locations.metadata.write_text("no database\n")
    with RunsToKill() as runs:
        in_training = _aftermath(old, runs.run(old, killed_run.at_the_first_epoch))
        refusal = _refusal(old)
        in_push = _aftermath(old, runs.run(old, killed_run.before_the_version_appears))
        first = _aftermath(old, runs.run(old))
        new = dataclasses.replace(old, data=_with_a_newcomer(implicit_data, tmp_path_factory.mktemp("new")))
        with EmbeddedServer(root / "serving" / "recommender", port=0) as server:
            listener = Listener(server.address)
            killed, full_disk = {}, None
            for component in _components(old):
                if component == "Trainer" and CAN_MOUNT:
                    full_disk = _aftermath(new, runs.run(new, killed_run.on_a_full_disk, component))
                killed[component] = _aftermath(new, runs.run(new, killed_run.half_way, component))
                if component == "Evaluator":
                    _cut_off(new.runs[-1].output_uri("Trainer", "model") / "Format-Serving/saved_model.pb")
            last = _aftermath(new, runs.run(new))
            listener.stop()
    return Killings(new, in_training, refusal, in_push, first, killed, full_disk, last, listener)


def _with_a_newcomer(data, folder):
    rows = [f"newcomer,i{item},1,{1_600_000_000 + item}\n" for item in range(0, 40, planted.GROUPS)]
    (folder / "interactions.csv").write_text((data / "interactions.csv").read_text() + "".join(rows))
    return folder


def _components(deployment) -> Iterator[str]:
    """The components that write what depends on the data, in the order they run."""
    for component in deployment.runs[-1].components:
        folders = (Path(artifact.uri) for artifact in component.outputs.values())
        own = any(folder.is_relative_to(deployment.locations.artifacts) for folder in folders)
        if own and "Schema" not in component.name:
            yield component.name


def _cut_off(path):
    os.truncate(path, path.stat().st_size // 2)


def _aftermath(deployment, ending):
    return Aftermath(
        ending,
        deployment.runs[-1],
        list(version_folders(deployment.locations.serving)),
        (deployment.locations.serving / STAGING_FOLDER).exists(),
    )


def _refusal(deployment):
    server = EmbeddedServer(deployment.locations.serving, port=0)
    with pytest.raises(ServingError) as error:
        server.start()
    return str(error.value)


def states(run):
    return {component.name: component.state for component in run.components}


def test_damaged_store_is_replaced_and_the_run_killed_in_training(killings):
    killed = killings.in_training
    assert killed.ending.status == -signal.SIGKILL
    assert len(list(killings.deployment.root.glob("metadata.sqlite.damaged-*"))) == 1
    assert states(killed.run)["Transform"] == "ran"
    assert states(killed.run)["Trainer"] == "running"
    assert killed.folders == []
    assert not killed.staged
    assert "version" in killings.refusal


def test_next_run_goes_on_and_is_killed_in_the_push(killings):
    killed = killings.in_push
    assert killed.ending.status == -signal.SIGKILL
    reached = states(killed.run)
    assert reached["InteractionExampleGen"] == reached["Transform"] == "cached"
    assert reached["Trainer"] == reached["Evaluator"] == "ran"
    assert killed.run.components[-1].name == "AtomicPusher"
    assert killed.folders == []
    assert killed.staged


def test_next_run_only_has_to_push(killings):
    first = killings.first
    assert first.ending.status == 0, first.ending.output
    cached = {"InteractionExampleGen", "StatisticsGen", "Transform", "Trainer", "Evaluator"}
    assert {states(first.run)[name] for name in cached} == {"cached"}
    assert states(first.run)["AtomicPusher"] == "ran"
    assert len(first.folders) == 1
    assert not first.staged


def test_killed_in_every_component(killings):
    assert set(killings.killed) >= {
        "InteractionExampleGen",
        "Transform",
        "Trainer",
        "Evaluator",
        "AtomicPusher",
    }
    for component, killed in killings.killed.items():
        assert killed.ending.status == -signal.SIGKILL, killed.ending.output
        assert killed.run.components[-1].name == component
        assert killed.run.components[-1].state == "running"
        assert killed.folders == killings.first.folders


def test_each_run_goes_on_where_the_one_before_was_killed(killings):
    runs = killings.deployment.runs
    ids = [run.run_id for run in runs]
    for component, killed in killings.killed.items():
        after = runs[ids.index(killed.run.run_id) + 1]
        assert states(after)[component] == "ran"
        assert component == "InteractionExampleGen" or states(after)["InteractionExampleGen"] == "cached"


def test_model_that_was_cut_off_was_trained_again(killings):
    assert states(killings.killed["Evaluator"].run)["Trainer"] == "ran"
    assert states(killings.killed["AtomicPusher"].run)["Trainer"] == "ran"
    assert states(killings.last.run)["Trainer"] == "cached"


@pytest.mark.skipif(not CAN_MOUNT, reason="needs the right to mount a small disk")
def test_full_disk_is_told_in_a_sentence(killings):
    full = killings.full_disk
    assert full.ending.status == 1
    assert "There is no space left for " in full.ending.output
    assert f"{killings.deployment.locations.artifacts}/Trainer/" in full.ending.output.replace("\n", "")
    assert states(full.run)["Trainer"] == "failed"
    assert full.folders == killings.first.folders


def test_last_run_pushes(killings):
    last = killings.last
    assert last.ending.status == 0, last.ending.output
    [newest, first] = last.folders
    assert [first] == killings.first.folders
    assert not last.staged
    with (
        EmbeddedServer(killings.deployment.locations.serving, port=0) as server,
        Recommender(server.address) as recommender,
    ):
        assert recommender.model_version() == newest
        assert recommender.recommend("newcomer", 10).known


def test_server_never_stopped_serving(killings):
    listener = killings.listener
    assert listener.failures == []
    assert listener.versions[0] == killings.first.folders[0]
    assert set(listener.versions) <= set(killings.last.folders)


def test_nothing_is_left_of_the_killed_runs(killings):
    store = open_store(killings.deployment.locations.metadata)
    assert all(
        execution.last_known_state in (Execution.COMPLETE, Execution.CACHED, Execution.FAILED)
        for execution in store.get_executions()
    )
    artifacts = killings.deployment.locations.artifacts
    live = {artifact.uri for artifact in store.get_artifacts() if artifact.state == Artifact.LIVE}
    folders = {str(path) for path in artifacts.glob("*/*/*") if ".system" not in path.parts}
    assert folders == {uri for uri in live if Path(uri).is_relative_to(artifacts)}
    assert list(artifacts.rglob(".temp")) == []


def test_status_tells_of_the_killed_runs(killings, autoncf, monkeypatch):
    monkeypatch.setenv("COLUMNS", "120")
    answer = autoncf("status", "--root", killings.deployment.root, "--last", "100")
    assert answer.status == 0
    for component in killings.killed:
        assert f"at {component}" in answer.out
    assert f"champion: version {killings.last.folders[0]}" in answer.out
