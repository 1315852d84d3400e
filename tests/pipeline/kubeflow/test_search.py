"""A pipeline that searches for its structure, or takes what an earlier search found."""

import json

import pytest
import yaml

from components import storage
from models.errors import UserError
from models.presets import PRESET_TRAINING, PRESETS
from models.search.best import Best
from pipeline.config import Config, load_config
from pipeline.kubeflow.compilation import compile_pipeline, compile_to_file
from pipeline.kubeflow.preparation import prepare
from tests.backend_spec import current_backend, parse_with_current_backend  # noqa: F401
from tests.pipeline import planted

NEEDED = ["kubeflow.image=registry.example.com/team/autoncf:1.0", "kubeflow.root=s3://bucket/deployment"]
SEARCHING = ["search.enabled=true", "search.minutes=90", "kubeflow.tasks.Tuner={cpu: 8, memory: 32Gi}"]

FOUND = Best(structure=PRESETS["neumf"].to_dict(), train={"learning_rate": 0.25, "batch_size": 64})
NEWER = Best(structure=PRESETS["mf"].to_dict(), train={"learning_rate": 0.5})


def config(*overrides):
    return load_config("implicit", [*NEEDED, "structure=gmf", "train.patience=2", *overrides])


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    path = tmp_path_factory.mktemp("compiled") / "pipeline.yaml"
    compile_to_file(config(*SEARCHING), "s3://bucket/data", path)
    return path


@pytest.fixture(scope="module")
def specification(file):
    return yaml.safe_load(file.read_text())


@pytest.fixture(scope="module")
def tasks(specification):
    return specification["root"]["dag"]["tasks"]


@pytest.fixture
def root(bucket):
    """With data beside it."""
    return f"{bucket}/root"


@pytest.fixture
def data(bucket, tmp_path):
    interactions = planted.write_implicit(tmp_path / "data") / "interactions.csv"
    storage.copy_file(str(interactions), f"{bucket}/data/interactions.csv")
    return f"{bucket}/data"


@pytest.fixture
def prepared(root, data):
    """What the Preparation of a config says; `structure` and `epochs` are told to the run."""

    def run(settings, structure="", epochs=0):
        specification, _ = compile_pipeline(settings, "s3://bucket/data")
        inputs = specification["root"]["dag"]["tasks"]["Preparation"]["inputs"]["parameters"]
        constants = {
            name: source["runtimeValue"]["constant"]
            for name, source in inputs.items()
            if "runtimeValue" in source
        }
        given = {"data": data, "root": root, "structure": structure, "epochs": epochs}
        values = prepare({**constants, **given})
        outputs = specification["components"]["Preparation"]["outputDefinitions"]["parameters"]
        assert values.keys() == outputs.keys()
        return values

    return run


def in_force(values):
    return Config.model_validate_json(values["config"])


def custom_config(values, component):
    return json.loads(values[f"{component}-custom_config"])


def write_best(folder, run_id, best):
    storage.write_text(f"{folder}/{run_id}/best.yaml", best.to_yaml("found"))
    return f"{folder}/{run_id}/best.yaml"


def test_kubeflow_reads_it(file, current_backend):  # noqa: F811
    from kfp import components

    parse_with_current_backend(current_backend, file)
    assert components.load_component_from_file(str(file)).name == "autoncf"


def test_a_tuner_stands_before_the_trainer(specification, tasks):
    assert tasks["Tuner"]["dependentTasks"] == ["Preparation", "Transform"]
    assert tasks["Trainer"]["inputs"]["artifacts"]["hyperparameters"]["taskOutputArtifact"] == {
        "producerTask": "Tuner",
        "outputArtifactKey": "best_hyperparameters",
    }
    assert "Tuner" in tasks["Trainer"]["dependentTasks"]
    container = specification["deploymentSpec"]["executors"]["Tuner_executor"]["container"]
    arguments = dict(zip(container["args"][::2], container["args"][1::2], strict=True))
    assert arguments["--executor_class_path"] == "components.tuner.executor.Executor"
    assert json.loads(arguments["--artifact_types"]) == {
        "inputs": {"examples": "tfx.Examples", "transform_graph": "tfx.TransformGraph"},
        "outputs": {"best_hyperparameters": "tfx.HyperParameters", "tuner_results": "tfx.TunerResults"},
    }
    assert (container["resources"]["cpuLimit"], tasks["Tuner"]["cachingOptions"]) == (
        8.0,
        {"enableCache": True},
    )


def test_the_tuner_is_told_its_parameters_by_the_preparation(tasks):
    parameters = tasks["Tuner"]["inputs"]["parameters"]
    assert {"custom_config", "tuner_fn", "train_args", "eval_args"} <= parameters.keys()
    for name, source in parameters.items():
        assert source["taskOutputParameter"] == {
            "producerTask": "Preparation",
            "outputParameterKey": f"Tuner-{name}",
        }


def test_the_conclusion_reads_what_the_search_found(tasks):
    assert tasks["Conclusion"]["inputs"]["artifacts"]["tuner_results"]["taskOutputArtifact"] == {
        "producerTask": "Tuner",
        "outputArtifactKey": "tuner_results",
    }


def test_without_a_search_there_is_no_tuner():
    specification, _ = compile_pipeline(config(), "s3://bucket/data")
    assert "Tuner" not in specification["root"]["dag"]["tasks"]
    assert "Tuner" not in json.dumps(specification)


def test_what_the_preparation_tells_the_tuner(prepared, root):
    values = prepared(config(*SEARCHING), structure="autoncf", epochs=3)
    told = custom_config(values, "Tuner")
    assert told["search_dir"] == f"{root}/searches/unfinished"
    assert told["structure"] == PRESETS["autoncf"].to_dict()  # the first trial
    assert told["train"]["learning_rate"] == PRESET_TRAINING["autoncf"]["learning_rate"]
    assert (told["train"]["epochs"], told["search"]["minutes"]) == (3, 90)
    assert values["Tuner-tuner_fn"] == "models.tuner_fn.tuner_fn"


def test_the_preparation_says_what_a_space_rules_out(prepared, capsys):
    prepared(config(*SEARCHING, "search.space={fusion: [outer-product]}"))
    rules_out = "search.space rules out the structure or the training of the config, "
    assert capsys.readouterr().out.startswith(rules_out)


def test_last_search_is_looked_for_at_every_run(prepared, root):
    with pytest.raises(UserError, match=r"^search.pinned = 'last': no search has ended in this root yet"):
        prepared(config("search.pinned=last"))
    write_best(f"{root}/searches", "2026-01-02", FOUND)
    write_best(f"{root}/searches", "2026-01-01", NEWER)
    values = prepared(config("search.pinned=last"), epochs=3)
    assert custom_config(values, "Trainer")["structure"] == FOUND.structure
    settings = in_force(values)
    assert settings.structure == PRESETS["neumf"]
    assert settings.search.pinned == f"{root}/searches/2026-01-02/best.yaml"
    train = settings.train
    assert (train.learning_rate, train.batch_size, train.patience, train.epochs) == (0.25, 64, 2, 3)
    write_best(f"{root}/searches", "2026-01-03", NEWER)
    assert in_force(prepared(config("search.pinned=last"))).structure == PRESETS["mf"]


def test_file_is_read_where_the_pipeline_is_compiled(prepared, tmp_path):
    best = write_best(str(tmp_path), "mine", FOUND)
    pinned = config(f"search.pinned={best}")
    settings = in_force(prepared(pinned))
    assert settings.structure == PRESETS["neumf"]
    assert (settings.train.learning_rate, settings.train.patience) == (0.25, 2)
    assert settings.search.pinned == best
    storage.write_text(best, "epochs: 3")
    with pytest.raises(UserError, match=r"best\.yaml: has no `structure`"):
        compile_pipeline(pinned, "s3://bucket/data")


def test_structure_that_a_run_is_told_goes_before_a_pinned_one(prepared, root):
    write_best(f"{root}/searches", "2026-01-01", FOUND)
    settings = in_force(prepared(config("search.pinned=last"), structure="autoncf"))
    assert settings.structure == PRESETS["autoncf"]
    assert settings.train.learning_rate == PRESET_TRAINING["autoncf"]["learning_rate"]
    assert settings.search.pinned is None
