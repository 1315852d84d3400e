"""Runs that have to stop, and what the user is told."""

import csv
from pathlib import Path

import pytest

from schemas import schema_path
from tests.pipeline.deployment import IMPLICIT, Deployment

pytestmark = pytest.mark.slow


@pytest.fixture
def deployment(tmp_path, implicit_data):
    return Deployment(implicit_data, tmp_path / "root", "implicit", IMPLICIT)


def assert_refused(answer, *parts):
    assert answer.status == 2, answer
    assert "Traceback" not in answer.out + answer.error
    for part in parts:
        assert part in answer.error


def names(run):
    return [component.name for component in run.components]


def test_anomaly_stops_before_training(autoncf, deployment, tmp_path):
    schema = tmp_path / "mine.pbtxt"
    text = Path(schema_path("implicit")).read_text()
    text = text.replace("min_examples_count: 1", "min_examples_count: 999")
    schema.write_text(text.replace("max: 100000000000", "max: 1000000000"))
    answer = autoncf(*deployment.arguments(f"schema_file={schema}"))
    assert_refused(answer, "breaks its schema", "train: The dataset has 240 examples")
    assert_refused(answer, "feature timestamps (present in 240 of 240 Examples)", "15000")
    assert "✗ InteractionValidator" in answer.out
    [run] = deployment.runs
    assert names(run)[-1] == "InteractionValidator"
    assert "Trainer" not in names(run)
    assert deployment.versions == []
    assert not deployment.locations.summary.exists()


def test_half_the_rows_bad(autoncf, deployment, tmp_path):
    folder = tmp_path / "data"
    folder.mkdir()
    with (folder / "interactions.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["user_id", "item_id", "value"])
        for row in range(100):
            writer.writerow([f"u{row % 10}", f"i{row}", "many" if row % 2 else "1"])
    answer = autoncf(*deployment.arguments(), "--data", folder)
    quarantine = deployment.locations.quarantine / "quarantine.tsv"
    assert_refused(answer, "50 of 100 rows (50.0%)", "interactions.csv line 3", "'u1,i1,many'")
    assert_refused(answer, f"All of them are in {quarantine}")
    assert len(quarantine.read_text().splitlines()) == 1 + 50
    assert "✗ InteractionExampleGen" in answer.out
    assert deployment.versions == []


@pytest.mark.parametrize(
    ("content", "part"),
    [
        (None, "has no interactions.csv"),
        ("", "is empty"),
        ("user,item\na,b\n", "user_id"),
        ("user_id;item_id\na;b\n", "user_id"),
        ("user_id,item_id\na,b\n", "leave no Example"),
    ],
)
def test_folder_that_cannot_be_read(autoncf, deployment, tmp_path, content, part):
    folder = tmp_path / "data"
    folder.mkdir()
    if content is not None:
        (folder / "interactions.csv").write_text(content)
    assert_refused(autoncf(*deployment.arguments(), "--data", folder), part)
    assert deployment.versions == []


def test_root_that_cannot_be_written(autoncf, deployment, tmp_path):
    (tmp_path / "file").write_text("")
    for root in (tmp_path / "file", tmp_path / "file" / "below"):
        answer = autoncf(*deployment.arguments(), "--root", root)
        assert_refused(answer, f"--root {root}", "cannot be written", "choose a folder")
        assert len(answer.error.splitlines()) == 1


def test_threshold_of_a_metric_that_is_not_computed(autoncf, deployment):
    answer = autoncf(*deployment.arguments("evaluation.thresholds={rmse: {upper_bound: 1}}"))
    assert_refused(answer, "evaluation.thresholds: rmse", "hr_at_10 or ndcg_at_10")
    assert deployment.runs == []


def test_schema_that_is_not_there(autoncf, deployment):
    assert_refused(
        autoncf(*deployment.arguments("schema_file=absent.pbtxt")), "absent.pbtxt", "explicit, implicit"
    )


def test_training_that_diverges(autoncf, explicit):
    deployment = explicit.deployment
    answer = autoncf(*deployment.arguments("train.learning_rate=1e30"))
    assert_refused(answer, "diverged", "Lower train.learning_rate")
    assert len(answer.error.splitlines()) == 1
    assert "✗ Trainer" in answer.out
    assert deployment.runs[-1].component("Trainer").state == "failed"
    assert deployment.versions == explicit["first"].versions


def test_refused_run_leaves_the_champion_alone(autoncf, explicit):
    deployment = explicit.deployment
    before = deployment.versions
    assert_refused(autoncf(*deployment.arguments("data.columns.value=rating")), "rating")
    assert deployment.versions == before


def test_a_fusion_that_is_none_stops_before_ingest(autoncf, deployment):
    own = ("structure=gmf", "structure.branches.0.fusion=json.loads")
    answer = autoncf(*deployment.arguments(*own))
    assert_refused(answer, "fusion = 'json.loads' should be a subclass of models.fusion.FusionLayer")
    assert deployment.runs == []


def test_what_a_space_rules_out_is_said_before_ingest(autoncf, deployment):
    search = ("search.enabled=true", "search.space={fusion: [concat]}")
    answer = autoncf(*deployment.arguments(*search, "schema_file=absent.pbtxt"))
    assert_refused(answer, "absent.pbtxt")
    assert "search.space rules out the structure or the training of the config, autoncf-views, " in answer.out
