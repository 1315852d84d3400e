"""Runs that search: their graph, and a root whose first search is interrupted, goes on, and is pinned."""

import json
import logging
from pathlib import Path

import pytest
from tfx.utils import json_utils

from models.search.results import SearchReport
from pipeline.config import load_config
from pipeline.earlier_runs import EarlierRuns
from pipeline.pipeline import create_pipeline
from schemas import schema_path, span_schema_path
from serving.model_info import MODEL_INFO_FILE
from tests.pipeline.deployment import Deployment

pytestmark = pytest.mark.slow

SPACE = {
    "user_input": ["id"],
    "item_input": ["id"],
    "second_branch": ["none"],
    "fusion": ["product"],
    "prediction": ["linear"],
    "loss": ["mse"],
    "embedding_size": [16, 32, 64],
    "dropout": [0.0],
    "negatives_per_positive": [4],
    "negative_sampling": ["uniform"],
    "optimizer": ["adamw"],
    "learning_rate": [0.01],
    "weight_decay": [0.0],
    "batch_size": [512],
}
"""Three matrix factorisations that learn fast: neither the config nor a preset is among them."""
SEARCH = f"search={json.dumps({'enabled': True, 'trials': 3, 'workers': 1, 'minutes': None, 'space': SPACE})}"
GIVEN = ("structure=gmf", "data.negatives=49", "train={learning_rate: 0.00001, epochs: 3, refit: false}")
"""Learns next to nothing."""


def graph(monkeypatch, *overrides):
    """The components by id, in their order; digests of code are the names of what they are of."""
    monkeypatch.setattr("pipeline.pipeline.code_digest", lambda *names: ", ".join(names))
    pipeline = create_pipeline(
        load_config("implicit", overrides),
        data="data",
        earlier=EarlierRuns([], None),
        schema_file=schema_path("implicit"),
        span_schema_file=span_schema_path("spans"),
        artifacts="artifacts",
        champion_model="champion/1",
        push_destination="serving",
        quarantine="quarantine",
        search_dir="searches/unfinished",
    )
    return {component.id: component for component in pipeline.components}


def told(component):
    return json_utils.loads(component.exec_properties["custom_config"])


class TestGraph:
    def test_without_a_search_there_is_no_tuner(self, monkeypatch):
        nodes = graph(monkeypatch)
        assert "Tuner" not in nodes
        assert "hyperparameters" not in nodes["Trainer"].inputs
        assert told(nodes["Trainer"])["code"] == "models, serving"

    def test_tuner_stands_between_transform_and_trainer(self, monkeypatch):
        nodes = graph(monkeypatch, "search.enabled=true")
        order = list(nodes)
        assert order.index("Transform") < order.index("Tuner") < order.index("Trainer")
        tuner, transform, trainer = nodes["Tuner"], nodes["Transform"], nodes["Trainer"]
        assert tuner.inputs["examples"] is transform.outputs["transformed_examples"]
        assert tuner.inputs["transform_graph"] is transform.outputs["transform_graph"]
        assert trainer.inputs["hyperparameters"] is tuner.outputs["best_hyperparameters"]

    def test_tuner_sees_train_and_eval_alone(self, monkeypatch):
        properties = graph(monkeypatch, "search.enabled=true")["Tuner"].exec_properties
        assert json.loads(properties["train_args"])["splits"] == ["train"]
        assert json.loads(properties["eval_args"])["splits"] == ["eval"]

    def test_what_another_search_follows_from_is_in_the_key_of_the_cache(self, monkeypatch):
        own = load_config("implicit").structure.to_dict()
        nodes = graph(
            monkeypatch, "search={enabled: true, minutes: 5}", "train.epochs=7", "evaluation.top_k=5"
        )
        told_tuner = told(nodes["Tuner"])
        assert told_tuner["structure"] == own
        assert told_tuner["train"]["epochs"] == 7
        assert not told_tuner["train"].keys() & {"refit", "warm_start"}  # no trial is other with them
        assert told_tuner["search"]["minutes"] == 5
        assert (told_tuner["top_k"], told_tuner["feedback"]) == (5, "implicit")
        assert told_tuner["search_dir"] == "searches/unfinished"
        assert told_tuner["code"] == "models, models.search, components.tuner"
        assert told(nodes["Trainer"])["code"] == "models, serving, models.search"


class _InterruptAfterATrial(logging.Handler):
    """Ctrl-C as soon as the first trial has ended."""

    def emit(self, record):
        if record.progress.ended:
            raise KeyboardInterrupt


@pytest.fixture(scope="module")
def deployment(implicit_data, tmp_path_factory):
    return Deployment(implicit_data, tmp_path_factory.mktemp("search") / "root", "implicit", GIVEN)


@pytest.fixture(scope="module")
def interrupted(deployment) -> SearchReport:
    """What there is of a search when the run was interrupted."""
    logger, handler = logging.getLogger("models.search.tuner"), _InterruptAfterATrial()
    logger.addHandler(handler)
    try:
        with pytest.raises(KeyboardInterrupt):
            deployment.run(SEARCH)
    finally:
        logger.removeHandler(handler)
    [path] = deployment.locations.unfinished_searches.glob("*/search.json")
    return SearchReport.model_validate_json(path.read_text())


@pytest.fixture(scope="module")
def searched(deployment, interrupted):
    """The same run again."""
    return deployment.run(SEARCH)


@pytest.fixture(scope="module")
def report(deployment, searched) -> SearchReport:
    path = deployment.locations.searches / searched.run_id / "search.json"
    return SearchReport.model_validate_json(path.read_text())


@pytest.fixture(scope="module")
def again(deployment, searched):
    """And once more."""
    return deployment.run(SEARCH)


@pytest.fixture(scope="module")
def pinned(deployment, again):
    """What was found, without a search."""
    return deployment.run("search.pinned=last")


def components(deployment, run_id) -> dict[str, str]:
    """States by name, in the order in which they ran."""
    [run] = [run for run in deployment.runs if run.run_id == run_id]
    return {component.name: component.state for component in run.components}


def structure_served(deployment, version):
    path = deployment.locations.serving / str(version) / MODEL_INFO_FILE
    return json.loads(path.read_text())["structure"]


def test_interrupted_search_goes_on(interrupted, report):
    [first] = interrupted.trials
    assert [trial.number for trial in report.trials] == [1, 2, 3]
    assert report.trials[0] == first  # to the fraction of a second that it took
    assert report.seconds > interrupted.seconds
    assert report.ended_by == "trials"


def test_nothing_unfinished_is_left(deployment, report):
    assert list(deployment.locations.unfinished_searches.glob("*")) == []


def test_best_trial_is_trained_and_pushed(deployment, searched, report):
    best = report.ranked[0]
    assert sorted(trial.values["embedding_size"] for trial in report.trials) == [16, 32, 64]
    assert best.value == max(trial.value for trial in report.trials)
    assert best.structure["prediction"]["kind"] == "linear"  # and not that of `gmf`
    assert searched.structure == best.structure
    assert searched.train == {**searched.config["train"], **best.train}
    assert (searched.train["learning_rate"], searched.train["epochs"]) == (0.01, 3)
    assert searched.config["train"]["learning_rate"] == 0.00001  # where the search began
    assert structure_served(deployment, searched.pushed_version) == best.structure
    assert searched.metrics["eval"]["ndcg_at_10"] == pytest.approx(best.value, abs=0.01)


def test_summary_tells_of_the_search(deployment, searched, report):
    best, outcome = report.ranked[0], searched.search
    assert sum(outcome.trials.values()) == 3
    assert (outcome.objective, outcome.value) == ("ndcg_at_10", best.value)
    assert (outcome.trial, outcome.origin) == (best.number, best.origin)
    states = components(deployment, searched.run_id)
    assert list(states).index("Transform") < list(states).index("Tuner") < list(states).index("Trainer")
    assert states["Tuner"] == "ran"


def test_nothing_new_is_not_searched_again(deployment, searched, again):
    assert {"Tuner", "Trainer"} <= set(again.cached)
    assert again.search == searched.search
    assert again.pushed_version == searched.pushed_version
    assert sorted(path.name for path in deployment.locations.searches.iterdir()) == [
        searched.run_id,
        "unfinished",
    ]


def test_pinned_run_trains_the_same_without_a_search(deployment, searched, report, pinned):
    best = deployment.locations.searches / searched.run_id / "best.yaml"
    assert "Tuner" not in components(deployment, pinned.run_id)
    assert pinned.search is None
    assert pinned.structure == searched.structure
    assert Path(pinned.config["search"]["pinned"]) == best
    assert {name: pinned.config["train"][name] for name in report.ranked[0].train} == report.ranked[0].train
    assert pinned.metrics["eval"] == pytest.approx(searched.metrics["eval"], abs=1e-6)
