"""AtomicPusher's executor: blessing, properties and archive."""

import pytest
from tfx.proto import pusher_pb2
from tfx.types import channel_utils, standard_artifacts
from tfx.utils import proto_utils

from components import storage
from components.ingest.report import IngestReport
from components.pusher.component import AtomicPusher
from components.pusher.executor import Executor
from components.pusher.lock import hold_versions
from components.pusher.withdrawal import move_champion
from serving.model_info import MODEL_INFO_FILE, DataWindow, ModelInfo, contents_digest, read_model_info
from serving.versions import list_versions

INFO = ModelInfo(
    structure={"loss": {"kind": "bce"}},
    metrics={"eval": {"hr_at_10": 0.5}},
    users=3,
    items=4,
    max_k=4,
    trained_at="2026-01-02T03:04:05+00:00",
    code_version="0.1.0",
)


@pytest.fixture
def model(tmp_path):
    folder = tmp_path / "model" / "Format-Serving"
    folder.mkdir(parents=True)
    (folder / "saved_model.pb").write_bytes(b"graph")
    artifact = standard_artifacts.Model()
    artifact.uri = str(tmp_path / "model")
    return artifact


def destination(folder):
    return pusher_pb2.PushDestination(
        filesystem=pusher_pb2.PushDestination.Filesystem(base_directory=f"{folder}/serving")
    )


def push(tmp_path, model, blessed, baseline="", root=None, **inputs):
    blessing, pushed = standard_artifacts.ModelBlessing(), standard_artifacts.PushedModel()
    blessing.set_int_custom_property("blessed", int(blessed))
    blessing.set_string_custom_property("baseline_model", str(baseline))
    pushed.uri = str(tmp_path / "pushed")
    properties = {"push_destination": proto_utils.proto_to_json(destination(root or tmp_path))}
    inputs |= {"model": [model], "model_blessing": [blessing]}
    Executor().Do(inputs, {"pushed_model": [pushed]}, properties)
    return pushed


def test_blessed_model_is_pushed_once(tmp_path, model):
    pushed = push(tmp_path, model, blessed=True)
    version = pushed.get_string_custom_property("pushed_version")
    assert pushed.get_int_custom_property("pushed") == 1
    assert pushed.get_string_custom_property("pushed_destination") == str(tmp_path / "serving" / version)
    assert (tmp_path / "serving" / version / "saved_model.pb").read_bytes() == b"graph"
    again = push(tmp_path, model, blessed=True)
    assert again.get_string_custom_property("pushed_version") == version
    assert list_versions(tmp_path / "serving") == [int(version)]


def test_unblessed_model_is_not_pushed(tmp_path, model):
    pushed = push(tmp_path, model, blessed=False)
    assert pushed.get_int_custom_property("pushed") == 0
    assert not (tmp_path / "serving").exists()


def test_withdrawn_model_is_not_pushed_again(tmp_path, model):
    (tmp_path / "serving" / "7").mkdir(parents=True)
    (tmp_path / "serving" / "7" / "saved_model.pb").touch()
    version = push(tmp_path, model, blessed=True).get_string_custom_property("pushed_version")
    move_champion(tmp_path / "serving", 7)
    pushed = push(tmp_path, model, blessed=True)
    assert pushed.get_int_custom_property("pushed") == 0
    assert not pushed.has_custom_property("pushed_version")
    reason = pushed.get_string_custom_property("not_pushed_reason")
    assert reason == f"this model was withdrawn as version {version}"


def make_versions(base, *versions):
    for version in versions:
        (base / str(version)).mkdir(parents=True)
        (base / str(version) / "saved_model.pb").touch()


def view(tmp_path, version):
    """The version as the pipeline imports it."""
    folder = tmp_path / "champion" / str(version)
    folder.mkdir(parents=True)
    (folder / "Format-Serving").symlink_to(tmp_path / "serving" / str(version))
    return folder


def test_model_that_beat_a_champion_withdrawn_meanwhile_is_not_pushed(tmp_path, model):
    make_versions(tmp_path / "serving", 7, 8)
    champion = view(tmp_path, 8)
    move_champion(tmp_path / "serving", 7)
    pushed = push(tmp_path, model, blessed=True, baseline=champion)
    assert pushed.get_int_custom_property("pushed") == 0
    assert pushed.get_string_custom_property("not_pushed_reason") == (
        "this model was compared with version 8, and the champion is 7 now; run again to compare it with that"
    )
    assert list_versions(tmp_path / "serving") == [7]


def test_model_that_beat_the_champion_is_pushed(tmp_path, model):
    make_versions(tmp_path / "serving", 7, 8)
    pushed = push(tmp_path, model, blessed=True, baseline=view(tmp_path, 8))
    assert pushed.get_int_custom_property("pushed") == 1
    assert len(list_versions(tmp_path / "serving")) == 3


def test_baseline_from_elsewhere_is_no_champion(tmp_path, model):
    """Such as the latest blessed model, whose folder has the number of its execution."""
    make_versions(tmp_path / "serving", 7)
    baseline = tmp_path / "artifacts" / "Trainer" / "model" / "5"
    (baseline / "Format-Serving").mkdir(parents=True)
    assert push(tmp_path, model, True, baseline).get_int_custom_property("pushed") == 1


def test_push_to_a_store_of_objects(tmp_path, model, bucket):
    pushed = push(tmp_path, model, blessed=True, root=bucket)
    version = pushed.get_string_custom_property("pushed_version")
    assert pushed.get_string_custom_property("pushed_destination") == f"{bucket}/serving/{version}"
    assert storage.read_text(f"{bucket}/serving/{version}/saved_model.pb") == "graph"
    again = push(tmp_path, model, blessed=True, baseline=f"{bucket}/champion/{version}", root=bucket)
    assert again.get_string_custom_property("pushed_version") == version
    assert storage.subfolders(f"{bucket}/serving") == [version]


def test_model_that_beat_an_older_champion_of_a_store_is_not_pushed(tmp_path, model, bucket):
    for version in (7, 8):
        storage.write_text(f"{bucket}/serving/{version}/saved_model.pb", "older")
    pushed = push(tmp_path, model, blessed=True, baseline=f"{bucket}/champion/7", root=bucket)
    assert pushed.get_int_custom_property("pushed") == 0
    assert "compared with version 7, and the champion is 8 now" in pushed.get_string_custom_property(
        "not_pushed_reason"
    )


def test_push_waits_for_whoever_changes_the_versions(tmp_path, model, monkeypatch):
    make_versions(tmp_path / "serving", 7)
    monkeypatch.setattr(
        "components.pusher.executor.hold_versions", lambda base: hold_versions(base, patience_seconds=0)
    )
    with hold_versions(tmp_path / "serving"), pytest.raises(TimeoutError):
        push(tmp_path, model, blessed=True)
    assert list_versions(tmp_path / "serving") == [7]


def test_component_runs_our_executor(tmp_path, model):
    pusher = AtomicPusher(model=channel_utils.as_channel([model]), push_destination=destination(tmp_path))
    assert pusher.executor_spec.executor_class is Executor
    assert pusher.outputs["pushed_model"].type is standard_artifacts.PushedModel


def test_component_takes_what_completes_the_model_info(tmp_path, model):
    evaluation, examples = standard_artifacts.ModelEvaluation(), standard_artifacts.Examples()
    pusher = AtomicPusher(
        model=channel_utils.as_channel([model]),
        evaluation=channel_utils.as_channel([evaluation]),
        examples=channel_utils.as_channel([examples]),
        push_destination=destination(tmp_path),
    )
    assert set(pusher.inputs) == {"model", "evaluation", "examples"}


def test_pushed_info_is_complete(tmp_path, model, monkeypatch):
    (tmp_path / "model" / "Format-Serving" / "assets").mkdir()
    trained = tmp_path / "model" / "Format-Serving" / MODEL_INFO_FILE
    trained.write_text(INFO.model_dump_json())
    monkeypatch.setattr("components.pusher.model_info.read_metrics", lambda uri: {"hr_at_10": 0.75})
    examples, evaluation = standard_artifacts.Examples(), standard_artifacts.ModelEvaluation()
    examples.uri = str(tmp_path)
    (tmp_path / "report.json").write_text(
        IngestReport(interactions=12, test_from=1_500_000_000, contents={"interactions.csv": "a"}).to_json()
    )
    pushed = push(tmp_path, model, blessed=True, examples=[examples], evaluation=[evaluation])
    version = tmp_path / "serving" / pushed.get_string_custom_property("pushed_version")
    complete = INFO.model_copy(
        update={
            "metrics": {"eval": {"hr_at_10": 0.5}, "test": {"hr_at_10": 0.75}},
            "data": DataWindow(
                interactions=12,
                test_from=1_500_000_000,
                contents=contents_digest({"interactions.csv": "a"}),
            ),
        }
    )
    assert read_model_info(version) == complete
    assert read_model_info(tmp_path / "pushed") == complete
    assert list(storage.files_below(str(tmp_path / "pushed"))) == [str(MODEL_INFO_FILE)]
    assert ModelInfo.model_validate_json(trained.read_text()) == INFO


def test_destination_that_is_no_folder(tmp_path, model):
    with pytest.raises(ValueError, match="base_directory"):
        Executor().Do({"model": [model]}, {"pushed_model": [standard_artifacts.PushedModel()]}, {})
