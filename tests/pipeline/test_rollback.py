"""`autoncf rollback`, and servers meanwhile."""

import functools
import shutil
from pathlib import Path

import pytest

from components.pusher import lock
from components.pusher.withdrawal import list_withdrawn
from pipeline.labelling import step_back
from pipeline.locations import Locations
from pipeline.rollback import Step, roll_back
from pipeline.root_is_busy import RootIsBusy
from pipeline.run_failed import RunFailed
from pipeline.run_lock import hold
from serving.client import Recommender
from serving.model_config import ModelSource, VersionPolicy, read_model_config, write_model_config
from serving.model_info import MODEL_INFO_FILE, ModelInfo
from serving.reloading import ReloadingModel
from serving.server import EmbeddedServer
from serving.versions import list_versions
from tests.serving import tiny_model

PUSHED = [3, 5, 8]
BASE = Path("/models/recommender")


@pytest.fixture
def locations(tmp_path, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    locations = Locations(tmp_path)
    for version in PUSHED:
        folder = locations.serving / str(version)
        folder.mkdir(parents=True)
        (folder / "saved_model.pb").touch()
    return locations


def state(locations):
    return list_versions(locations.serving), list_withdrawn(locations.serving)


def label(locations, *versions, **labels):
    source = ModelSource(locations.serving, VersionPolicy(None, versions), labels)
    write_model_config(locations.models_config, "recommender", source)


def test_back_to_an_older_version_and_forth(autoncf, locations):
    answer = autoncf("rollback", "--root", locations.root, "--to", 3)
    assert answer.status == 0
    assert answer.out == (
        "Version 3 is the champion: servers take it up by themselves, and the next run compares its model "
        "with it.\n"
        "Withdrawn: 5, 8. No run pushes these models again; `autoncf rollback --to 8` brings one back.\n"
    )
    assert state(locations) == ([3], [5, 8])
    assert "already; nothing was changed" in autoncf("rollback", "--root", locations.root, "--to", 3).out
    assert "Withdrawn" not in autoncf("rollback", "--root", locations.root, "--to", 8).out
    assert state(locations) == ([3, 8], [5])


def test_unknown_version(autoncf, locations):
    autoncf("rollback", "--root", locations.root, "--to", 5)
    answer = autoncf("rollback", "--root", locations.root, "--to", 4)
    assert answer.status == 2
    assert answer.error == "--to 4: there is no such version; there are 3, 5 and, withdrawn, 8\n"


@pytest.mark.parametrize("arguments", [[], ["--to", 3]])
def test_nothing_pushed(autoncf, tmp_path, arguments):
    answer = autoncf("rollback", "--root", tmp_path, *arguments)
    assert answer.status == 2
    assert "no version has been pushed" in answer.error


def test_run_goes_on_meanwhile(locations):
    with hold(locations, "autoncf run"):
        roll_back(locations, 3)
    assert state(locations) == ([3], [5, 8])


def test_versions_are_being_changed(locations, monkeypatch):
    impatient = functools.partial(lock.hold_versions, patience_seconds=0)
    with lock.hold_versions(locations.serving):
        monkeypatch.setattr(lock, "hold_versions", impatient)
        with pytest.raises(RootIsBusy, match=r"has been changing the versions in .* repeat this once"):
            roll_back(locations, 3)
    assert state(locations) == (PUSHED, [])


def test_lock_that_cannot_be_written(locations):
    (locations.serving / ".lock").mkdir()
    with pytest.raises(RunFailed, match=r"cannot be written .* nothing was changed"):
        roll_back(locations, 3)
    assert state(locations) == (PUSHED, [])


def test_all_are_withdrawn(autoncf, locations):
    """As when the only one left was removed by hand."""
    roll_back(locations, 3)
    shutil.rmtree(locations.serving / "3")
    answer = autoncf("rollback", "--root", locations.root, "--to", 3)
    assert answer.error == "--to 3: there is no such version; there are none and, withdrawn, 5, 8\n"
    answer = autoncf("rollback", "--root", locations.root, "--to", 5)
    assert answer.status == 0
    assert answer.out.startswith("Version 5 is the champion")
    assert state(locations) == ([5], [8])


def test_half_a_version_cannot_come_back(autoncf, locations):
    (locations.serving / "9").mkdir()
    answer = autoncf("rollback", "--root", locations.root, "--to", 5)
    assert "Withdrawn: 8, 9. No run pushes these models again; `autoncf rollback --to 8`" in answer.out
    (locations.serving / "10").mkdir()
    answer = autoncf("rollback", "--root", locations.root, "--to", 5)
    assert answer.out.endswith("Withdrawn: 10. No run pushes these models again.\n")


def test_versions_are_shown(autoncf, locations):
    info = ModelInfo(
        structure={},
        metrics={"eval": {"ndcg_at_10": 0.5}, "test": {"hr_at_10": 0.75, "ndcg_at_10": 0.25}},
        users=3,
        items=4,
        max_k=4,
        trained_at="2026-01-02T03:04:05+00:00",
        code_version="0.1.0",
    )
    for version in (5, 8):
        path = locations.serving / str(version) / MODEL_INFO_FILE
        path.parent.mkdir()
        path.write_text(info.model_dump_json() if version == 5 else "damaged")
    autoncf("rollback", "--root", locations.root, "--to", 5)
    label(locations, 3, 5, stable=5, canary=3)
    answer = autoncf("rollback", "--root", locations.root)
    assert answer.status == 0
    cells = [
        [cell.strip() for cell in line.split("│")[1:-1]] for line in answer.out.splitlines() if "│" in line
    ]
    assert cells == [
        ["3", "", "", "", "canary"],
        ["5", "2026-01-02 03:04", "0.7500", "0.2500", "champion, stable"],
        ["8", "", "", "", "withdrawn"],
    ]


def served(versions, **labels):
    return ModelSource(BASE, VersionPolicy(latest=None, versions=versions), labels)


@pytest.mark.parametrize(
    ("present", "expected"),
    [
        (ModelSource(BASE), ModelSource(BASE)),
        (served((8,)), served((3, 8))),
        (served((3, 8)), served((3, 8))),
        (ModelSource(BASE, labels={"stable": 8}), served((3, 8), stable=8)),
        (served((5, 8), stable=5, canary=8), served((3, 5, 8), stable=5, canary=8)),
        (served((3, 5, 8), stable=5, canary=8), served((3, 5, 8), stable=3)),
        (served((3, 8), old=3, new=8), served((3, 8), old=3)),
        (served((3, 8), stable=3), served((3, 8), stable=3)),
    ],
    ids=[
        "newest is served",
        "another is named",
        "both are named",
        "label on the newest",
        "not loaded yet",
        "loaded",
        "labels of one's own",
        "nothing left to do",
    ],
)
def test_step_of_the_servers(present, expected):
    assert step_back(present, PUSHED, 3) == expected


def test_labels_move_before_versions_go(autoncf, locations):
    label(locations, 5, 8, stable=5, canary=8)
    named = autoncf("rollback", "--root", locations.root, "--to", 3)
    assert "names version 3 now" in named.out
    labelled = autoncf("rollback", "--root", locations.root, "--to", 3)
    assert "Version 3 is what" in labelled.out
    assert state(locations) == (PUSHED, [])
    done = autoncf("rollback", "--root", locations.root, "--to", 3)
    assert "Withdrawn: 5, 8." in done.out
    assert state(locations) == ([3], [5, 8])
    config = read_model_config(locations.models_config, "recommender")
    assert (config.policy.versions, config.labels) == ((3,), {"stable": 3})


def test_withdrawn_version_comes_back_for_the_servers_to_load(locations):
    roll_back(locations, 3)
    label(locations, 3, stable=3)
    assert [roll_back(locations, 8).step for _ in range(3)] == [Step.NAMED, Step.LABELLED, Step.DONE]
    assert state(locations) == ([3, 8], [5])


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    """Two models: ann's score of her best item is 3 by the first, 6 by the second."""
    folder = tmp_path_factory.mktemp("models")
    return [tiny_model.export(folder / str(scale), scale) for scale in (1.0, 2.0)]


@pytest.fixture
def deployment(tmp_path, models):
    locations = Locations(tmp_path)
    for version, model in zip((1, 2), models, strict=True):
        shutil.copytree(model, locations.serving / str(version))
    return locations


def score(server, **spec):
    with Recommender(server.address, **spec) as recommender:
        return recommender.recommend("ann", k=1).items[0].score


def test_server_follows_the_folder(deployment):
    with EmbeddedServer(deployment.serving, port=0, poll_seconds=600) as server:
        assert score(server) == 6
        for version, expected in ((1, 3), (2, 6)):
            roll_back(deployment, version)
            server.reload()
            assert (server.version, score(server)) == (version, expected)


def test_no_step_leaves_a_label_without_a_model(deployment):
    """A server that looks at the folders after each step, and at models.config before the next one alone."""
    label(deployment, 2, stable=2)
    taken_up = [read_model_config(deployment.models_config, "recommender")]
    model = ReloadingModel("recommender", lambda: taken_up[-1])
    model.reload()
    for _ in Step:
        roll_back(deployment, 1)
        model.reload()
        with model.lease(label="stable") as leased:
            assert leased.version == taken_up[-1].labels["stable"]
        taken_up.append(read_model_config(deployment.models_config, "recommender"))
        model.reload()
    with model.lease(label="stable") as leased:
        assert leased.version == 1
    model.close()
