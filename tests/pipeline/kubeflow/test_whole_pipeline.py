"""The compiled pipeline, run task by task as a cluster would, comes to what the local runner comes to."""

import csv
import dataclasses
import json
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from models.search.best import Best
from models.search.results import SearchReport
from pipeline.best_file import parse_best
from pipeline.config import load_config
from pipeline.summary import Summary
from serving.client import Recommender
from serving.server import EmbeddedServer
from tests.pipeline import planted
from tests.pipeline.deployment import IMPLICIT, Deployment
from tests.pipeline.kubeflow.backend import Backend, RunRecord
from tests.pipeline.kubeflow.driver import Outputs

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1200)]

DATA = "s3://bucket/planted/data"
REFUSED_DATA = "s3://bucket/planted/refused"
ROOT = "s3://bucket/planted/root"
SERVING = f"{ROOT}/serving/recommender"

LEARNING = ("train.warm_start=true",)
DEMANDING = ("evaluation.thresholds={hr_at_10: {lower_bound: 1.0}}",)
"""No model reaches it, so the champion stays."""

SEARCHING = ("search.enabled=true", "search.trials=2", "search.workers=1", "search.space.fusion=[product]")
"""The config's structure, and MF, which learns nothing in two epochs: so the first is trained, as without."""

NEW_USERS = 20


@dataclasses.dataclass(frozen=True)
class Story:
    """Runs into one root of a store, and the same runs of the local runner.

    Attributes:
        first: without a champion.
        second: on more data, for fewer epochs, with a search and with a threshold that no model reaches.
        again: the second again.
        refused: on data that breaks too many rules.
        summaries: of the runs that ended well, by name.
        local: what the local runner says of `first` and `second`, the second without a search.
        served: local copy of the versions that were there after `first`.
        local_served: those of the local runner.
    """

    first: RunRecord
    second: RunRecord
    again: RunRecord
    refused: RunRecord
    summaries: Mapping[str, Summary]
    local: Mapping[str, Summary]
    served: Path
    local_served: Path

    def task_outputs(self, run: str, task: str) -> Outputs:
        """What a task that ended well left."""
        record = getattr(self, run)
        assert record.tasks[task].outputs is not None, record.logs()
        return record.tasks[task].outputs


@pytest.fixture(scope="module")
def story(tmp_path_factory, artifact_store, store_keys):
    folder = tmp_path_factory.mktemp("whole-pipeline")
    data, more_data = planted.write_implicit(folder / "data"), _write_more(folder / "more")
    artifact_store.upload(data, DATA)
    artifact_store.upload(_write_refused(folder / "refused"), REFUSED_DATA)
    ordinary = _compile(folder / "ordinary.yaml", store_keys)
    demanding = _compile(folder / "demanding.yaml", store_keys, *DEMANDING, *SEARCHING)
    backend = Backend(folder / "disks", artifact_store, {"store": store_keys})
    local = Deployment(data, folder / "first", "implicit", (*IMPLICIT, *LEARNING))
    # The configs of the compiled pipelines have neither this structure nor these epochs.
    structure = json.dumps(local.settings().structure.to_dict())

    def run(spec: Path, epochs: int, address: str = DATA) -> RunRecord:
        parameters = {"structure": structure, "epochs": epochs, "data": address}
        return backend.run(spec, parameters, pipeline_root=f"{ROOT}/artifacts")

    with ThreadPoolExecutor(2) as pool:
        running = pool.submit(run, ordinary, 8)
        local_first = local.run()
        first = running.result()
        assert not first.names("FAILED"), first.logs()
        local_next = Deployment(more_data, folder / "second", "implicit", local.overrides)
        artifact_store.download(SERVING, local_next.locations.serving)
        artifact_store.download(f"{ROOT}/summaries", local_next.locations.summaries)
        artifact_store.download(SERVING, folder / "served")
        artifact_store.upload(more_data, DATA)
        running = pool.submit(run, demanding, 2)
        local_second = local_next.run("train.epochs=2", *DEMANDING)
        second = running.result()
        assert not second.names("FAILED"), second.logs()
        refusing = pool.submit(run, demanding, 2, REFUSED_DATA)
        again = run(demanding, 2)
        assert not again.names("FAILED"), again.logs()
    runs = {"first": first, "second": second, "again": again}
    return Story(
        **runs,
        refused=refusing.result(),
        summaries={name: _summary(artifact_store, record) for name, record in runs.items()},
        local={"first": local_first, "second": local_second},
        served=folder / "served",
        local_served=local.locations.serving,
    )


def _write_more(folder):
    """The planted data with a new interaction of every user, and new users."""
    planted.write_implicit(folder)
    with (folder / "interactions.csv").open("a", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        for user in range(planted.USERS):
            writer.writerow([f"u{user}", f"i{(user * 7) % planted.ITEMS}", "3", 1_600_000_000 + user])
        for user in range(planted.USERS, planted.USERS + NEW_USERS):
            for order in range(4):
                item = (user + planted.GROUPS * order) % planted.ITEMS
                writer.writerow([f"u{user}", f"i{item}", "2", 1_600_001_000 + order])
    return folder


def _write_refused(folder):
    """The planted data with 50 rows that break a rule, where 1 in 100 of 3,362 may."""
    planted.write_implicit(folder)
    with (folder / "interactions.csv").open("a", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([planted.TEXT_ROW] * 50)
    return folder


def _compile(path, store_keys, *overrides):
    from pipeline.kubeflow.compilation import compile_to_file

    kept = [key for key in IMPLICIT if not key.startswith(("structure", "train.epochs"))]
    cluster = [
        "structure=gmf",
        "train.epochs=1",
        "kubeflow.image=registry.example.com/autoncf:test",
        f"kubeflow.root={ROOT}",
        f"kubeflow.secrets={json.dumps({'store': {key: key for key in store_keys}})}",
    ]
    compile_to_file(load_config("implicit", [*kept, *LEARNING, *cluster, *overrides]), DATA, path)
    return path


def _summary(artifact_store, record):
    uri = record.tasks["Conclusion"].outputs.artifacts["summary"]["uri"]
    return Summary.model_validate_json(artifact_store.read(f"{uri}/summary.json"))


def _versions(artifact_store):
    keys = artifact_store.keys(SERVING)
    return sorted({key.split("/")[4] for key in keys})


def test_every_task_ran(story):
    assert story.first.names("SUCCEEDED") == set(story.first.tasks)
    assert story.second.names("SUCCEEDED") == set(story.second.tasks)


@pytest.mark.parametrize("run", ["first", "second"])
def test_results_are_those_of_the_local_runner(story, run):
    summary, local = story.summaries[run], story.local[run]
    for split in ("eval", "test"):
        assert summary.metrics[split] == pytest.approx(local.metrics[split], abs=1e-6)
    assert (summary.epochs, summary.rows) == (local.epochs, local.rows)
    assert (summary.blessed, summary.reasons) == (local.blessed, local.reasons)


def test_first_model_is_pushed_and_no_worse_one(story, artifact_store):
    assert story.summaries["first"].blessed
    assert story.local["first"].pushed_version is not None
    assert [story.summaries[run].pushed_version for run in ("second", "again")] == [None, None]
    assert story.local["second"].pushed_version is None
    assert _versions(artifact_store) == [str(story.summaries["first"].pushed_version)]


def test_challenger_is_compared_with_the_champion(story):
    assert story.summaries["first"].champion is None
    champion = story.summaries["second"].champion
    assert champion == pytest.approx(story.local["second"].champion, abs=1e-6)


def test_training_begins_with_the_champions_weights(story, artifact_store):
    reports = {
        run: json.loads(
            artifact_store.read(
                f"{story.task_outputs(run, 'Trainer').artifacts['model_run']['uri']}/training.json"
            )
        )
        for run in ("first", "second")
    }
    assert reports["first"]["carried_over"] is None
    assert reports["second"]["carried_over"] == {"users": planted.USERS, "items": planted.ITEMS}
    assert reports["second"]["cold_start"] is None


def test_new_data_is_told_by_its_contents(story):
    """The store's checksum, which a later run compares with; the address is the same."""
    contents = [story.summaries[run].contents for run in ("first", "second", "again")]
    assert [list(files) for files in contents] == [["interactions.csv"]] * 3
    assert contents[0] != contents[1] == contents[2]


def test_runs_take_structure_and_epochs_from_their_parameters(story):
    for run, epochs in {"first": 8, "second": 2}.items():
        assert story.summaries[run].structure == story.local[run].structure
        assert story.summaries[run].config["train"]["epochs"] == epochs


def test_search_begins_with_the_structure_of_the_run_and_its_best_is_trained(story, artifact_store):
    """Its folder is that of the run that made it, not of the one that was answered from the cache."""
    second = story.summaries["second"]
    folder = f"{ROOT}/searches/{second.run_id}"
    keys = artifact_store.keys(f"{ROOT}/searches")
    assert [f"s3://bucket/{key}" for key in keys] == [f"{folder}/best.yaml", f"{folder}/search.json"]
    report = SearchReport.model_validate_json(artifact_store.read(f"{folder}/search.json"))
    assert [(trial.origin, trial.status) for trial in report.trials] == [
        ("config", "finished"),
        ("mf", "finished"),
    ]
    assert report.trials[0].structure == second.structure
    best = parse_best(artifact_store.read(f"{folder}/best.yaml"), "best.yaml")
    assert best == Best.of(report)
    assert best.structure == second.structure
    assert (story.summaries["first"].search, story.summaries["again"].search) == (None, second.search)
    assert second.search.trials == {"finished": 2}


def test_unchanged_run_is_answered_from_the_cache(story):
    """But for what looks at the world; the validator now has the second run's data to compare with."""
    assert story.again.names("SUCCEEDED") == {
        "Preparation",
        "InteractionValidator",
        "AtomicPusher",
        "Conclusion",
    }
    assert story.again.names("CACHED") == set(story.again.tasks) - story.again.names("SUCCEEDED")
    assert story.summaries["again"].metrics == story.summaries["second"].metrics


def test_kubeflow_shows_the_metrics(story):
    metrics = story.task_outputs("first", "Conclusion").artifacts["metrics"]["metadata"]
    shown = {name: metrics[name] for name in ("hr_at_10", "ndcg_at_10")}
    assert shown == pytest.approx(story.summaries["first"].metrics["test"])


def test_root_has_the_last_summary_and_one_of_every_run(story, artifact_store):
    last = Summary.model_validate_json(artifact_store.read(f"{ROOT}/summary.json"))
    assert last == story.summaries["again"]
    names = [key.rpartition("/")[2] for key in artifact_store.keys(f"{ROOT}/summaries")]
    assert names == sorted(f"{summary.run_id}.json" for summary in story.summaries.values())


def test_refused_data_stops_the_run_and_leaves_word(story, artifact_store):
    assert story.refused.names("SUCCEEDED") == {"Preparation"}
    assert story.refused.names("FAILED") == {"InteractionExampleGen"}
    assert story.refused.names("SKIPPED") == set(story.refused.tasks) - {
        "Preparation",
        "InteractionExampleGen",
    }
    word = artifact_store.read(f"{story.refused.root}/InteractionExampleGen/failure.txt")
    sentence = word.splitlines()[-1]
    quarantine = f"{ROOT}/quarantine/quarantine.tsv"
    assert sentence.startswith("51 of 3,412 rows (1.5%) break a rule")
    assert f"All of them are in {quarantine}" in sentence
    assert sentence in story.refused.tasks["InteractionExampleGen"].log
    assert len(artifact_store.read(quarantine).splitlines()) == 1 + 51


def test_pushed_model_serves_what_the_local_one_serves(story):
    answers = []
    for folder in (story.served, story.local_served):
        with (
            EmbeddedServer(folder, port=0, poll_seconds=600) as server,
            Recommender(server.address) as recommender,
        ):
            answers.append(recommender.recommend("u3", 10))
    ours, local = answers
    assert ours.known
    assert [item.item_id for item in ours.items] == [item.item_id for item in local.items]
    assert [item.score for item in ours.items] == pytest.approx(
        [item.score for item in local.items], abs=1e-5
    )
