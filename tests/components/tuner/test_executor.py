"""What a search leaves, and that an interrupted one goes on."""

import json
import os

import pytest
import yaml
from tfx.types import channel_utils, standard_artifacts

from components import storage
from components.tuner.component import Tuner
from components.tuner.executor import Executor
from models.presets import PRESETS
from models.search.results import SearchReport
from tests.components.tuner.searching import DIES_AT


@pytest.fixture
def ran(tmp_path):
    """The trials that have run so far."""
    log = tmp_path / "log"
    log.touch()
    return lambda: [int(line) for line in log.read_text().split()]


@pytest.fixture
def examples(tmp_path):
    artifact = standard_artifacts.Examples()
    artifact.uri = str(tmp_path / "examples")
    artifact.split_names = '["train", "eval"]'
    return artifact


@pytest.fixture
def search(tmp_path, examples, monkeypatch):
    """Runs the component as TFX would; returns the folder of the best hyper-parameters and the results."""

    def run(search_dir, dies_at=0, **properties):
        monkeypatch.setenv(DIES_AT, str(dies_at))
        component = Tuner(
            tuner_fn="tests.components.tuner.searching.tuner_fn",
            examples=channel_utils.as_channel([examples]),
            custom_config={
                "search": {},
                "search_dir": str(search_dir),
                "log": str(tmp_path / "log"),
            },
        )
        outputs = {
            "best_hyperparameters": [standard_artifacts.HyperParameters()],
            "tuner_results": [standard_artifacts.TunerResults()],
        }
        for name, (artifact,) in outputs.items():
            artifact.uri = str(tmp_path / name)
        context = Executor.Context(tmp_dir=str(tmp_path / "tmp"), unique_id="1")
        Executor(context).Do({"examples": [examples]}, outputs, component.exec_properties | properties)
        return tmp_path / "best_hyperparameters", outputs["tuner_results"][0]

    return run


def test_is_a_tuner_by_name(examples):
    component = Tuner(
        tuner_fn="a.b", examples=channel_utils.as_channel([examples]), custom_config={"search_dir": "x"}
    )
    assert component.id == "Tuner"


def test_what_a_search_leaves(search, tmp_path, ran):
    best, results = search(tmp_path / "searches")
    assert ran() == [1, 2, 3, 4]
    assert json.loads((best / "best_hyperparameters.txt").read_text())["values"] == {"x": 4}
    assert sorted(os.listdir(results.uri)) == ["best.yaml", "search.json", "tuner_results.json"]
    stock = json.loads(storage.read_text(f"{results.uri}/tuner_results.json"))
    assert [(trial["x"], trial["score"]) for trial in stock] == [(4, 16), (3, 9), (2, 4), (1, 1)]
    report = SearchReport.model_validate_json(storage.read_text(f"{results.uri}/search.json"))
    assert [trial.value for trial in report.trials] == [1, 4, 9, 16]
    text = storage.read_text(f"{results.uri}/best.yaml")
    assert text.startswith("# square 16.0000 on the eval split, trial 4 of 4 (random), 20")
    assert yaml.safe_load(text) == {"structure": PRESETS["mf"].to_dict(), "train": {"batch_size": 16}}
    [name] = os.listdir(tmp_path / "searches")
    kept = tmp_path / "searches" / name / "search.json"
    assert kept.read_text() == storage.read_text(f"{results.uri}/search.json")


def test_goes_on_in_a_local_folder(search, tmp_path, ran):
    with pytest.raises(SystemExit):
        search(tmp_path / "searches", dies_at=3)
    search(tmp_path / "searches")
    assert ran() == [1, 2, 3, 4]
    _, results = search(tmp_path / "searches")  # the artifacts were not published
    assert ran() == [1, 2, 3, 4]
    report = SearchReport.model_validate_json(storage.read_text(f"{results.uri}/search.json"))
    assert [trial.value for trial in report.trials] == [1, 4, 9, 16]


def test_goes_on_in_another_pod(search, tmp_path, bucket, ran):
    """Of which only the store of objects is known to the next."""
    searches = f"{bucket}/deployment/searches/unfinished"
    with pytest.raises(SystemExit):
        search(searches, dies_at=3)
    assert ran() == [1, 2]
    [name] = storage.subfolders(searches)
    seen = SearchReport.model_validate_json(storage.read_text(f"{searches}/{name}/search.json"))
    assert [trial.value for trial in seen.trials] == [1, 4]
    best, results = search(searches)
    assert ran() == [1, 2, 3, 4]
    assert json.loads((best / "best_hyperparameters.txt").read_text())["values"] == {"x": 4}
    assert sorted(os.listdir(results.uri)) == ["best.yaml", "search.json", "tuner_results.json"]


def test_pod_whose_results_did_not_arrive_searches_nothing_again(search, tmp_path, bucket, ran):
    searches = f"{bucket}/deployment/searches/unfinished"
    search(searches)
    _, results = search(searches)
    assert ran() == [1, 2, 3, 4]
    report = SearchReport.model_validate_json(storage.read_text(f"{results.uri}/search.json"))
    assert [trial.value for trial in report.trials] == [1, 4, 9, 16]


def test_tune_args_are_refused(search, tmp_path, ran):
    with pytest.raises(ValueError, match=r"tune_args are not supported: search\.workers says"):
        search(tmp_path / "searches", tune_args='{"num_parallel_trials": 2}')
    assert ran() == []
