"""`autoncf kubeflow submit`."""

import json

import pytest

from components.storage import write_text
from models.presets import PRESETS
from pipeline.kubeflow import following
from pipeline.kubeflow.client import Client
from pipeline.kubeflow.server import Server
from tests.pipeline.kubeflow.api_server import kubeflow  # noqa: F401
from tests.pipeline.kubeflow.specs import task, write_spec

PARAMETERS = {
    "data": {"parameterType": "STRING", "defaultValue": "s3://shop/data"},
    "root": {"parameterType": "STRING", "defaultValue": "s3://shop/compiled"},
    "structure": {"parameterType": "STRING", "defaultValue": ""},
    "epochs": {"parameterType": "NUMBER_INTEGER", "defaultValue": 0},
}
WELL = {"Preparation": "SUCCEEDED", "Trainer": "SUCCEEDED", "": "SUCCEEDED"}


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch):
    monkeypatch.setattr(following, "POLL_SECONDS", 0.0)


def package(folder, **more):
    tasks = {"Trainer": task(after=("Preparation",), **more), "Preparation": task()}
    return write_spec(folder, tasks, **PARAMETERS)


@pytest.fixture
def submit(kubeflow, autoncf, tmp_path):  # noqa: F811
    def call(*more):
        return autoncf("kubeflow", "submit", package(tmp_path), "--host", kubeflow.url, *more)

    return call


def test_as_compiled(submit, kubeflow):  # noqa: F811
    answer = submit()
    assert (answer.status, answer.error) == (0, "")
    assert answer.out == f"Run run-1 begins: {kubeflow.url}/#/runs/details/run-1\n"
    [run] = kubeflow.runs.values()
    assert run["runtime_config"] == {"parameters": {}, "pipeline_root": "s3://shop/compiled/artifacts"}
    assert run["pipeline_spec"]["pipelineInfo"] == {"name": "small"}
    assert run["display_name"].startswith("small 20")
    assert kubeflow.experiments == {
        "experiment-1": {"experiment_id": "experiment-1", "display_name": "autoncf"}
    }


def test_with_parameters(submit, kubeflow):  # noqa: F811
    structure = json.dumps(PRESETS["mf"].to_dict())
    more = ["--data", "s3://shop/data/", "--root", "gs://shop/other/", "--structure", structure]
    assert submit(*more, "--epochs", 3).status == 0
    assert kubeflow.runs["run-1"]["runtime_config"] == {
        "parameters": {
            "data": "s3://shop/data",
            "root": "gs://shop/other",
            "structure": structure,
            "epochs": 3,
        },
        "pipeline_root": "gs://shop/other/artifacts",
    }


def test_a_preset_with_slots_of_its_own(submit, kubeflow):  # noqa: F811
    structure = '{"preset": "neumf", "loss": {"kind": "bpr"}}'
    assert submit("--structure", structure).status == 0
    assert kubeflow.runs["run-1"]["runtime_config"]["parameters"] == {"structure": structure}


def test_beside_runs_of_the_same_root(submit, kubeflow):  # noqa: F811
    for root in ("s3://shop/compiled", "s3://shop/other", "s3://shop/compiled", "s3://shop/compiled"):
        submit("--root", root)
    kubeflow.runs["run-1"]["state"] = "RUNNING"
    kubeflow.runs["run-2"]["state"] = "RUNNING"
    kubeflow.runs["run-3"]["state"] = "SUCCEEDED"
    answer = submit()
    assert answer.status == 0
    warning, begins = answer.out.splitlines()
    assert warning.startswith("Also in s3://shop/compiled: run run-4, run run-1. Nothing keeps ")
    assert begins.startswith("Run run-5 begins: ")


def test_experiment_and_namespace(submit, kubeflow):  # noqa: F811
    for _ in range(2):
        assert submit("--experiment", "shop", "--namespace", "team").status == 0
    made = {"experiment_id": "experiment-1", "display_name": "shop", "namespace": "team"}
    assert list(kubeflow.experiments.values()) == [made]
    assert [run["experiment_id"] for run in kubeflow.runs.values()] == ["experiment-1"] * 2


def test_what_it_needs_of_kubernetes(kubeflow, autoncf, tmp_path):  # noqa: F811
    needs = {"secretAsEnv": [{"secretName": "store"}]}
    path = package(tmp_path, platform=needs)
    assert autoncf("kubeflow", "submit", path, "--host", kubeflow.url).status == 0
    sent = kubeflow.runs["run-1"]["pipeline_spec"]
    assert sent["pipeline_spec"]["pipelineInfo"] == {"name": "small"}
    assert sent["platform_spec"]["platforms"]["kubernetes"]["deploymentSpec"]["executors"] == {
        "Trainer": needs
    }


def test_host_and_token_by_environment(kubeflow, autoncf, tmp_path, monkeypatch):  # noqa: F811
    kubeflow.token = "abc"
    (tmp_path / "token").write_text("abc\n")
    monkeypatch.setenv("KF_PIPELINES_ENDPOINT", f"{kubeflow.url}/")
    monkeypatch.setenv("KF_PIPELINES_SA_TOKEN_PATH", str(tmp_path / "token"))
    monkeypatch.setenv("KF_PIPELINES_UI_ENDPOINT", "https://kubeflow.example.com/pipeline")
    answer = autoncf("kubeflow", "submit", package(tmp_path))
    assert answer.out == "Run run-1 begins: https://kubeflow.example.com/pipeline/#/runs/details/run-1\n"


def without_clock(text):
    return [line[9:] if line[2:3] == ":" else line for line in text.splitlines()]


def test_followed_to_a_good_end(submit, kubeflow):  # noqa: F811
    kubeflow.stories = [
        [
            {"root-driver": "SUCCEEDED", "root": "RUNNING", "Preparation-driver": "RUNNING"},
            {"Preparation-driver": "SUCCEEDED"},
            {"Preparation-driver": "SUCCEEDED", "Preparation": "SUCCEEDED", "Trainer": "RUNNING"},
            WELL,
        ]
    ]
    answer = submit("--wait")
    assert (answer.status, answer.error) == (0, "")
    assert without_clock(answer.out)[1:] == [
        "Preparation running",
        "Preparation succeeded (90 s)",
        "Trainer running",
        "Trainer succeeded (90 s)",
        "Run run-1 ended well after 300 s.",
    ]


def test_followed_while_the_server_is_away(submit, kubeflow):  # noqa: F811
    kubeflow.stories = [[WELL]]
    kubeflow.broken = {"GET /apis/v2beta1/runs/": [(502, "<html>Bad Gateway</html>")] * 11}
    answer = submit("--wait")
    assert answer.status == 0
    assert without_clock(answer.out)[1].startswith(
        f"{kubeflow.url}: fails (502 Bad Gateway): it does not say"
    )
    assert without_clock(answer.out)[-1] == "Run run-1 ended well after 300 s."
    kubeflow.broken = {"GET /apis/v2beta1/runs/": [(500, "")] * 12}
    assert submit("--wait").status == 1


def test_followed_while_nothing_changes(submit, kubeflow, monkeypatch):  # noqa: F811
    """Prepared at 100 s, then still until 1400 s: the word comes at 700 s, once."""
    submit()
    still = {"Preparation": "SUCCEEDED", "Trainer": "PENDING"}
    kubeflow.telling["run-1"] = [{"Preparation": "RUNNING"}, *[still] * 13, WELL]
    now, told = [0.0], []

    def changed(task):
        told.append((now[0], task.name))

    def say(text):
        told.append((now[0], text))

    def sleep(_):
        now[0] += 100.0

    monkeypatch.setattr("time.sleep", sleep)
    client = Client(Server(kubeflow.url), "autoncf", "team")
    assert following.follow(client, "run-1", changed, say, lambda: now[0]).state == "SUCCEEDED"
    assert told[:3] == [(0.0, "Preparation"), (100.0, "Preparation"), (100.0, "Trainer")]
    at, text = told[3]
    assert at == 700.0
    assert "`kubectl get pods --namespace team --selector pipeline/runid=run-1`" in text
    assert told[4:] == [(1400.0, "Trainer")]


FAILED = {"Preparation": "SUCCEEDED", "Trainer": "FAILED", "": "FAILED"}


def test_followed_to_a_failure(submit, kubeflow, bucket):  # noqa: F811
    kubeflow.stories = [[FAILED]]
    file = f"{bucket}/shop/artifacts/small/run-1/Trainer/failure.txt"
    write_text(file, "12:00 INFO epoch 3\n\ntrain.epochs = 0: too few.\n")
    answer = submit("--wait", "--root", f"{bucket}/shop")
    assert (answer.status, answer.error) == (1, "Trainer failed: train.epochs = 0: too few.\n")
    assert without_clock(answer.out)[1:] == ["Preparation succeeded (90 s)", "Trainer failed (90 s)"]


def test_failure_where_the_server_does_not_tell_of_the_outputs(submit, kubeflow, autoncf):  # noqa: F811
    submit()
    kubeflow.runs["run-1"]["runtime_config"] = {}
    kubeflow.telling["run-1"] = [FAILED]
    answer = autoncf("kubeflow", "status", "--run", "run-1", "--host", kubeflow.url)
    assert "Trainer failed: the server does not tell where its outputs are; `kubectl logs" in answer.out


def test_failure_that_left_no_word(submit, kubeflow, bucket):  # noqa: F811
    kubeflow.stories = [[FAILED]]
    answer = submit("--wait", "--root", f"{bucket}/shop", "--namespace", "team")
    assert answer.status == 1
    assert f"it left no {bucket}/shop/artifacts/small/run-1/Trainer/failure.txt" in answer.error
    assert "kubectl logs --namespace team --selector pipeline/runid=run-1 --container main" in answer.error


def test_failure_that_cannot_be_read_from_here(submit, kubeflow, bucket):  # noqa: F811
    kubeflow.stories = [[{"Preparation-driver": "FAILED", "": "FAILED"}]]
    answer = submit("--wait", "--root", "s3://nobody-has-this-bucket/shop")
    assert answer.status == 1
    file = "s3://nobody-has-this-bucket/shop/artifacts/small/run-1/Preparation/failure.txt"
    assert answer.error.startswith(f"Preparation failed: its failure.txt cannot be read from here: {file} ")


def test_interrupted(submit, kubeflow, monkeypatch):  # noqa: F811
    def interrupt(_):
        raise KeyboardInterrupt

    monkeypatch.setattr("time.sleep", interrupt)
    answer = submit("--wait")
    assert (answer.status, answer.error) == (130, "")
    assert without_clock(answer.out)[-1] == (
        "The run goes on; `autoncf kubeflow status --run run-1` shows it."
    )


def test_failure_of_no_task(submit, kubeflow):  # noqa: F811
    kubeflow.stories = [[{"": "CANCELED"}]]
    answer = submit("--wait")
    assert answer.status == 1
    assert answer.error == f"Run run-1 canceled; see {kubeflow.url}/#/runs/details/run-1\n"
