"""What stands between `autoncf kubeflow` and a run, each in one sentence."""

import json
import socket

import pytest
import yaml

from pipeline.kubeflow import server
from tests.pipeline.kubeflow.api_server import kubeflow  # noqa: F401
from tests.pipeline.kubeflow.specs import task, write_spec

PARAMETERS = {
    name: {"parameterType": "STRING", "defaultValue": ""} for name in ("data", "root", "structure", "epochs")
}


@pytest.fixture
def package(tmp_path):
    return write_spec(tmp_path, {"Preparation": task()}, **PARAMETERS)


@pytest.fixture
def refused(autoncf, package):
    """What `submit` says when it ends with a status."""

    def call(status, *more, host="http://127.0.0.1:9", pipeline=package):
        answer = autoncf("kubeflow", "submit", pipeline, "--host", host, *more)
        assert (answer.status, answer.out) == (status, "")
        return answer.error

    return call


@pytest.mark.parametrize(
    ("option", "value", "sentence"),
    [
        ("--structure", "nmf", "--structure: 'nmf' is no preset; choose mf, gmf,"),
        ("--structure", "5", "--structure: '5' is no preset; choose mf, gmf,"),
        ("--structure", '{"preset": "nmf"}', "--structure: 'nmf' is no preset; choose mf, gmf,"),
        ("--structure", "{", "--structure: is no JSON (Expecting property name enclosed in double quotes"),
        ("--structure", '{"loss": {"kind": "mse"}}', "--structure.branches is missing; set it.\n"),
        (
            "--structure",
            '{"preset": "neumf", "loss": {"kind": "bpr", "margin": 1}}',
            "--structure.loss.margin is an unknown key; allowed here: kind",
        ),
        ("--epochs", 0, "Usage: "),
        ("--data", "data/ml-100k", "--data data/ml-100k: is a folder of this machine;"),
        ("--root", "minio://shop/root", "--root minio://shop/root: is for Kubeflow's own use;"),
        ("--token-file", "nowhere", "--token-file nowhere: cannot be read"),
        ("--tls-ca", "nowhere", "--tls-ca nowhere: there is no such file;"),
    ],
)
def test_options(refused, option, value, sentence):
    assert refused(2, option, value).startswith(sentence)


@pytest.mark.parametrize("host", ["localhost:8080", "ftp://localhost", "http://localhost:port", "http://"])
def test_no_address(refused, host):
    assert refused(2, host=host) == f"--host {host!r}: is no address; write it as http://localhost:8080.\n"


@pytest.mark.parametrize("content", ["", "two words", "naïve"])
def test_no_token(refused, tmp_path, content):
    (tmp_path / "token").write_text(content)
    assert "should hold a token, one word, and nothing else" in refused(2, "--token-file", tmp_path / "token")


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (None, "cannot be read (No such file or directory); `autoncf kubeflow compile"),
        ("a: [", "not a YAML file: "),
        ("", "holds no pipeline of Kubeflow Pipelines 2; "),
        ("kind: Workflow", "holds no pipeline of Kubeflow Pipelines 2; "),
    ],
)
def test_no_pipeline(refused, tmp_path, content, sentence):
    path = tmp_path / "other.yaml"
    if content is not None:
        path.write_text(content)
    assert refused(2, pipeline=path).startswith(f"{path}: {sentence}")


def test_pipeline_of_somebody_else(refused, tmp_path):
    path = write_spec(tmp_path, {"Train": task()}, data={"parameterType": "STRING"})
    assert "this pipeline has no input data, root, structure, epochs with a default;" in refused(
        2, pipeline=path
    )


def test_nobody_answers(refused):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        host = f"http://127.0.0.1:{unused.getsockname()[1]}"
        assert refused(2, host=host).startswith(f"--host {host}: cannot be reached (")


def test_no_answer_in_time(refused, monkeypatch):
    monkeypatch.setattr(server, "ANSWER_SECONDS", 0.1)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        host = f"http://127.0.0.1:{silent.getsockname()[1]}"
        assert refused(1, host=host) == f"{host}: does not answer within 0.1 s; try again later.\n"


def test_certificate_of_nobody_known(refused, kubeflow):  # noqa: F811
    """A server without TLS has no certificate at all."""
    host = kubeflow.url.replace("http", "https")
    assert refused(2, host=host).startswith(f"--host {host}: its certificate is not trusted (")


def test_token(refused, kubeflow, tmp_path):  # noqa: F811
    kubeflow.token = "right"
    said = f"--host {kubeflow.url}: refuses access (401 Unauthorized); give a "
    assert refused(2, host=kubeflow.url) == f"{said}file with a token, --token-file.\n"
    (tmp_path / "token").write_text("wrong")
    error = refused(2, "--token-file", tmp_path / "token", host=kubeflow.url)
    assert error == f"{said}token that is valid and may do this.\n"


@pytest.mark.parametrize(
    ("answer", "status", "sentence"),
    [
        ((403, "RBAC: access denied"), 2, "--host URL: refuses access (403 Forbidden); give a file"),
        ((404, "404 page not found"), 2, "--host URL: answers, but not as Kubeflow Pipelines 2 does;"),
        ((200, "<html></html>"), 2, "--host URL: answers, but not as Kubeflow Pipelines 2 does;"),
        ((400, json.dumps({"message": "bad\nmore", "code": 3})), 2, "URL: refuses this: bad\n"),
        ((503, "no healthy upstream"), 1, "URL: fails (503 Service Unavailable): it does not say why;"),
    ],
)
def test_answers_of_servers(refused, kubeflow, answer, status, sentence):  # noqa: F811
    kubeflow.broken = {"GET ": [answer]}
    assert refused(status, host=kubeflow.url).startswith(sentence.replace("URL", kubeflow.url))


def test_log_in(refused, kubeflow):  # noqa: F811
    kubeflow.broken = {"GET /apis/": [(302, "")], "GET /log-in": [(200, "<html></html>")]}
    error = refused(2, host=kubeflow.url)
    assert error.startswith(f"--host {kubeflow.url}: answers, but not as Kubeflow Pipelines 2 does;")
    assert error.endswith(", or give --token-file if what answers is a log-in.\n")


def test_pipeline_that_the_server_does_not_take(refused, kubeflow, package):  # noqa: F811
    pipeline = yaml.safe_load(package.read_text())
    package.write_text(yaml.safe_dump({**pipeline, "flavour": "sweet"}))
    error = refused(2, host=kubeflow.url)
    assert error.startswith(f"{kubeflow.url}: refuses this: invalid v2 pipeline spec: ")
    assert kubeflow.runs == {}
