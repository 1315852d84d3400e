"""What the compiled file holds, and what is refused before anything is sent."""

import json
import os
import re
import sys
import tempfile
from pathlib import Path

import pytest
import yaml

from models.errors import UserError
from pipeline.config import load_config
from pipeline.kubeflow.beam_tasks import BEAM_TASKS
from pipeline.kubeflow.compilation import compile_to_file
from schemas import schema_path
from tests.backend_spec import current_backend, parse_with_current_backend  # noqa: F401

IMAGE = "registry.example.com/team/autoncf:1.0"
NEEDED = [f"kubeflow.image={IMAGE}", "kubeflow.root=s3://bucket/deployment/"]
OF_TFX = {
    "InteractionExampleGen",
    "SpanStatistics",
    "SpanValidator",
    "StatisticsGen",
    "InteractionValidator",
    "Transform",
    "Trainer",
    "Evaluator",
    "AtomicPusher",
}


def compiled(folder, *overrides, data="s3://bucket/data", name="implicit"):
    output = folder / "pipeline.yaml"
    compile_to_file(load_config(name, [*NEEDED, *overrides]), data, output)
    return output


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    return compiled(
        tmp_path_factory.mktemp("compiled"),
        "kubeflow.tasks.Trainer={cpu: 4, memory: 16Gi, gpu: 2, node_selector: {pool: gpus}, "
        "tolerations: [{key: nvidia.com/gpu, effect: NoSchedule}]}",
        "kubeflow.tasks.Transform.beam_pipeline_args=[--runner=DirectRunner, --direct_num_workers=3]",
        "kubeflow.secrets={store: {AWS_ACCESS_KEY_ID: accesskey, AWS_SECRET_ACCESS_KEY: secretkey}}",
        "train.warm_start=true",
        "schedule.on_push=https://example.com/secret",
    )


@pytest.fixture(scope="module")
def documents(file):
    return list(yaml.safe_load_all(file.read_text()))


@pytest.fixture(scope="module")
def specification(documents):
    return documents[0]


@pytest.fixture(scope="module")
def tasks(specification):
    return specification["root"]["dag"]["tasks"]


def container(specification, task):
    return specification["deploymentSpec"]["executors"][f"{task}_executor"]["container"]


def argument(specification, task, name):
    arguments = container(specification, task)["args"]
    return arguments[arguments.index(name) + 1]


def test_a_kubeflow_client_loads_it(file):
    from kfp import components

    pipeline = components.load_component_from_file(str(file))
    assert pipeline.name == "autoncf"
    assert set(pipeline.component_spec.inputs) == {"data", "root", "structure", "epochs"}


def test_a_current_backend_reads_it(file, current_backend):  # noqa: F811
    parse_with_current_backend(current_backend, file)


def test_every_task_is_a_container_of_the_image(specification, tasks):
    assert set(tasks) == OF_TFX | {"Preparation", "Conclusion"}
    for executor in specification["deploymentSpec"]["executors"].values():
        assert set(executor) == {"container"}  # neither resolver nor importer
        assert executor["container"]["image"] == IMAGE


def test_every_parameter_is_known_only_when_the_run_begins(specification, tasks):
    prepared = specification["components"]["Preparation"]["outputDefinitions"]["parameters"]
    for name in OF_TFX:
        parameters = tasks[name]["inputs"]["parameters"]
        assert set(parameters) == set(specification["components"][name]["inputDefinitions"]["parameters"])
        for parameter, source in parameters.items():
            producer = source["taskOutputParameter"]
            assert producer["producerTask"] == "Preparation"
            key = producer["outputParameterKey"]
            if parameter.startswith("imported-"):
                assert key in {"Champion", "LastAcceptedData", "ImportSchemaGen", "SpanSchema"}
            else:
                assert key == f"{name}-{parameter}"
            kind = specification["components"][name]["inputDefinitions"]["parameters"][parameter]
            assert prepared[key] == kind


def test_what_resolvers_and_importers_gave_comes_as_a_parameter(specification, tasks):
    imported = {
        (name, parameter.removeprefix("imported-")): source["taskOutputParameter"]["outputParameterKey"]
        for name in OF_TFX
        for parameter, source in tasks[name]["inputs"]["parameters"].items()
        if parameter.startswith("imported-")
    }
    assert imported == {
        ("SpanValidator", "schema"): "SpanSchema",
        ("InteractionValidator", "schema"): "ImportSchemaGen",
        ("InteractionValidator", "previous_statistics"): "LastAcceptedData",
        ("Transform", "schema"): "ImportSchemaGen",
        ("Trainer", "base_model"): "Champion",
        ("Evaluator", "baseline_model"): "Champion",
    }
    types = json.loads(argument(specification, "Evaluator", "--artifact_types"))
    assert types["inputs"] == {
        "examples": "tfx.Examples",
        "model": "tfx.Model",
        "baseline_model": "tfx.Model",
    }
    assert types["outputs"] == {"blessing": "tfx.ModelBlessing", "evaluation": "tfx.ModelEvaluation"}


def test_tasks_wait_for_what_they_need(tasks):
    assert "dependentTasks" not in tasks["Preparation"]
    for name in OF_TFX:
        assert "Preparation" in tasks[name]["dependentTasks"]
        assert set(tasks[name]["dependentTasks"]) <= set(tasks)
    # Neither reads what the validators write, and both must not see bad data.
    assert "SpanValidator" in tasks["InteractionValidator"]["dependentTasks"]
    assert "InteractionValidator" in tasks["Transform"]["dependentTasks"]
    assert "AtomicPusher" in tasks["Conclusion"]["dependentTasks"]


def test_components_are_cached_and_what_looks_around_is_not(tasks, tmp_path):
    assert all(tasks[name]["cachingOptions"] == {"enableCache": True} for name in OF_TFX)
    assert not any("cachingOptions" in tasks[name] for name in ("Preparation", "Conclusion"))
    uncached = yaml.safe_load(compiled(tmp_path, "kubeflow.cache=false").read_text())
    options = [task.get("cachingOptions") for task in uncached["root"]["dag"]["tasks"].values()]
    assert {"enableCache": True} not in options


def test_resources(specification):
    assert container(specification, "Trainer")["resources"] == {
        "cpuRequest": 4.0,
        "cpuLimit": 4.0,
        "memoryRequest": 17.179869184,  # 16 * 2^30 bytes, in units of 10^9
        "memoryLimit": 17.179869184,
        "accelerator": {"type": "nvidia.com/gpu", "count": 2},
    }
    assert "resources" not in container(specification, "Evaluator")


def test_nodes_and_secrets(documents, tasks):
    executors = documents[1]["platforms"]["kubernetes"]["deploymentSpec"]["executors"]
    assert set(executors) == {f"{task}_executor" for task in tasks}
    assert executors["Trainer_executor"]["nodeSelector"] == {"labels": {"pool": "gpus"}}
    assert executors["Trainer_executor"]["tolerations"] == [
        {"key": "nvidia.com/gpu", "operator": "Exists", "effect": "NoSchedule"}
    ]
    assert set(executors["Evaluator_executor"]) == {"secretAsEnv"}
    secret = {
        "secretName": "store",
        "keyToEnv": [
            {"secretKey": "accesskey", "envVar": "AWS_ACCESS_KEY_ID"},
            {"secretKey": "secretkey", "envVar": "AWS_SECRET_ACCESS_KEY"},
        ],
    }
    assert all(executor["secretAsEnv"] == [secret] for executor in executors.values())


def test_without_nodes_and_secrets_there_is_one_document(tmp_path):
    assert len(list(yaml.safe_load_all(compiled(tmp_path).read_text()))) == 1


def test_beam_arguments_are_those_of_the_task_or_of_all(specification):
    assert "--direct_num_workers=3" in container(specification, "Transform")["args"]
    assert "--direct_num_workers=1" in container(specification, "Evaluator")["args"]


def test_tasks_that_compute_with_beam_are_those_of_tfx(specification):
    from tfx.dsl.components.base.base_beam_executor import BaseBeamExecutor
    from tfx.utils import import_utils

    executors = {
        name: import_utils.import_class_by_path(argument(specification, name, "--executor_class_path"))
        for name in OF_TFX
    }
    of_beam = {name for name, executor in executors.items() if issubclass(executor, BaseBeamExecutor)}
    assert set(BEAM_TASKS) == of_beam
    assert not any("--direct" in word for word in container(specification, "Trainer")["args"])


def test_remote_workers_run_the_image(tmp_path):
    dataflow = (
        "kubeflow.beam_pipeline_args=[--runner=DataflowRunner, --project=p, --region=r, "
        "--temp_location=gs://bucket/temp]"
    )
    file = compiled(tmp_path, dataflow, "kubeflow.root=gs://bucket/deployment")
    specification = next(yaml.safe_load_all(file.read_text()))
    assert f"--sdk_container_image={IMAGE}" in container(specification, "Transform")["args"]
    assert f"--sdk_container_image={IMAGE}" not in container(specification, "Trainer")["args"]
    with pytest.raises(UserError, match="Beam's workers are on other machines, and share the root"):
        compiled(tmp_path, dataflow)


def test_runtime_parameters_have_what_was_compiled_as_defaults(specification):
    parameters = specification["root"]["inputDefinitions"]["parameters"]
    assert {name: found["defaultValue"] for name, found in parameters.items()} == {
        "data": "s3://bucket/data",
        "root": "s3://bucket/deployment",
        "structure": "",
        "epochs": 0,
    }
    assert specification["defaultPipelineRoot"] == "s3://bucket/deployment/artifacts"


def test_data_of_the_config_is_the_default(tmp_path):
    specification = yaml.safe_load(compiled(tmp_path, "folder=gs://mine/data", data=None).read_text())
    assert specification["root"]["inputDefinitions"]["parameters"]["data"]["defaultValue"] == "gs://mine/data"


def test_the_config_travels_as_it_was_given(specification, tasks):
    given = json.loads(tasks["Preparation"]["inputs"]["parameters"]["config"]["runtimeValue"]["constant"])
    assert given["data"] == {"feedback": "implicit", "split": {"strategy": "leave-one-out"}}
    assert given["train"] == {"warm_start": True}
    assert "schedule" not in given  # its hooks may be secret addresses


def test_no_path_of_this_machine_is_in_the_file(file):
    text = file.read_text()
    for path in (os.getcwd(), os.path.expanduser("~"), tempfile.gettempdir(), sys.prefix):
        assert f"{path}/" not in text


def test_nothing_is_written_by_reference(file):
    assert not re.search(r"[:-] [&*]id\d", file.read_text())


def test_a_schema_of_the_users_own_travels_whole(tmp_path):
    schema = tmp_path / "mine.pbtxt"
    schema.write_text(Path(schema_path("implicit")).read_text() + "# mine\n")
    specification = yaml.safe_load(compiled(tmp_path, f"schema_file={schema}").read_text())
    constants = specification["root"]["dag"]["tasks"]["Preparation"]["inputs"]["parameters"]
    assert constants["schema"]["runtimeValue"]["constant"] == schema.read_text()


@pytest.mark.parametrize(
    ("overrides", "data", "sentence"),
    [
        (
            ["kubeflow.image=null"],
            "s3://bucket/data",
            "--image is missing: give the image that the Dockerfile makes",
        ),
        (["kubeflow.image=My Image"], "s3://bucket/data", "--image 'My Image': is no reference of an image"),
        (["kubeflow.root=null"], "s3://bucket/data", "--root is missing: give the folder of the deployment"),
        (
            ["kubeflow.root=runs/mine"],
            "s3://bucket/data",
            "--root (kubeflow.root) runs/mine: is a folder of this machine; give",
        ),
        (
            ["kubeflow.root=hdfs://host/x"],
            "s3://bucket/data",
            "--root (kubeflow.root) hdfs://host/x: has a scheme that pods cannot",
        ),
        (
            ["kubeflow.root=minio://mlpipeline/v2"],
            "s3://bucket/data",
            "--root (kubeflow.root) minio://mlpipeline/v2: is for Kubeflow's own use; write s3://mlpipeline/v2",
        ),
        ([], "data/mine", "--data data/mine: is a folder of this machine"),
        ([], "s3://My_Bucket/x", "--data s3://My_Bucket/x: 'My_Bucket' is no name of a bucket"),
        ([], None, "--data is missing: this config names no folder"),
        (
            ["kubeflow.name=My_Pipeline"],
            "s3://bucket/data",
            "kubeflow.name 'My_Pipeline': Kubeflow refuses it",
        ),
        (["kubeflow.name=a-"], "s3://bucket/data", "kubeflow.name 'a-': Kubeflow refuses it"),
        (
            ["kubeflow.tasks.Trainer.beam_pipeline_args=[--runner=DirectRunner]"],
            "s3://bucket/data",
            "kubeflow.tasks.Trainer.beam_pipeline_args: this task does not compute with Beam",
        ),
        (
            ["schema_file=nowhere.pbtxt"],
            "s3://bucket/data",
            "schema 'nowhere.pbtxt' is neither a file nor one of",
        ),
    ],
)
def test_what_a_cluster_could_not_run_is_refused(tmp_path, overrides, data, sentence):
    with pytest.raises(UserError) as refused:
        compiled(tmp_path, *overrides, data=data)
    assert str(refused.value).startswith(sentence)
    assert not (tmp_path / "pipeline.yaml").exists()


@pytest.mark.parametrize(
    ("override", "sentence"),
    [
        (
            "kubeflow.tasks.Trainer.gpus=1",
            "kubeflow.tasks.Trainer.gpus is an unknown key; allowed here: cpu,",
        ),
        ("kubeflow.tasks.Trainer.accelerator=gpu", "'gpu' is no accelerator; name the cluster's resource"),
        ("kubeflow.tasks.Trainer.memory=16GB", "'16GB' is no amount of memory; write it as 16Gi or 512Mi"),
        ("kubeflow.tasks.Trainer.memory=0Gi", "'0Gi' is no amount of memory; write it as 16Gi or 512Mi"),
        (
            "kubeflow.tasks.Trainer.cpu=.inf",
            "kubeflow.tasks.Trainer.cpu = inf: input should be a finite",
        ),
        (
            "kubeflow.tasks.Trainer.accelerator=amd.com/gpu",
            "accelerator is given, but gpu, their number",
        ),
        ("kubeflow.tasks.Tuners.cpu=1", "kubeflow.tasks.Tuners"),
        ("kubeflow.secrets={My_Store: {A: a}}", "'My_Store' is no name of a Secret"),
        ("kubeflow.secrets={store: {A-B: a}}", "'A-B' is no name of an environment variable"),
        ("kubeflow.secrets={one: {A: a}, two: {A: a}}", "A comes from two Secrets; leave one of them out"),
    ],
)
def test_unknown_resources_are_refused(override, sentence):
    with pytest.raises(UserError) as refused:
        load_config("implicit", [override])
    assert sentence in str(refused.value)


def test_a_file_that_is_not_yaml_is_refused(tmp_path):
    config = load_config("implicit", NEEDED)
    with pytest.raises(
        UserError, match=r"pipeline.json: Kubeflow reads YAML; name the file .*pipeline.yaml\."
    ):
        compile_to_file(config, "s3://bucket/data", tmp_path / "pipeline.json")
