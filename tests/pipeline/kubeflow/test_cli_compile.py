"""`autoncf kubeflow compile`, and what it wrote on its way to a server."""

import pytest

from tests.pipeline.kubeflow.api_server import kubeflow  # noqa: F401

COMPILE = ["kubeflow", "compile", "--config", "ml-100k", "--image", "registry.example.com/autoncf:1.0"]
PLACES = ["--root", "s3://shop/deployment/", "--data", "s3://shop/data"]


def test_compiled_submitted_and_scheduled(autoncf, kubeflow, tmp_path):  # noqa: F811
    file = tmp_path / "new folder" / "pipeline.yaml"
    secrets = "kubeflow.secrets={store: {AWS_ACCESS_KEY_ID: AWS_ACCESS_KEY_ID}}"
    answer = autoncf(*COMPILE, *PLACES, "--set", secrets, "-o", file)
    assert answer.status == 0
    assert answer.out == f"Written: {file}. Next:\n  autoncf kubeflow submit {file} --host URL --wait\n"
    assert autoncf("kubeflow", "submit", file, "--host", kubeflow.url, "--epochs", 3).status == 0
    sent = kubeflow.runs["run-1"]["pipeline_spec"]
    assert sent["platform_spec"].keys() == {"platforms"}
    # The server looks at what comes with the run, and not at the pipeline's own default.
    config = {"parameters": {"epochs": 3}, "pipeline_root": "s3://shop/deployment/artifacts"}
    assert kubeflow.runs["run-1"]["runtime_config"] == config
    images = {
        executor["container"]["image"]
        for executor in sent["pipeline_spec"]["deploymentSpec"]["executors"].values()
    }
    assert images == {"registry.example.com/autoncf:1.0"}
    assert autoncf("kubeflow", "schedule", file, "--host", kubeflow.url, "--cron", "@daily").status == 0
    [recurring] = kubeflow.recurring.values()
    assert recurring["runtime_config"] == {**config, "parameters": {}}
    told = autoncf("kubeflow", "status", "--host", kubeflow.url, "--run", "run-1").out
    names = ["Preparation", "InteractionExampleGen", "Transform", "Trainer", "Evaluator", "Conclusion"]
    assert sorted(names, key=told.index) == names


def test_help_names_the_commands_in_the_order_of_their_use(autoncf):
    answer = autoncf("kubeflow", "--help")
    lines = [line.strip("│ ").split(" ")[0] for line in answer.out.splitlines()]
    commands = [word for word in lines if word in ("compile", "submit", "schedule", "status")]
    assert commands == ["compile", "submit", "schedule", "status"]


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        (["-o", "pipeline.yaml"], "--root is missing: "),
        (
            ["-o", "pipeline.yaml", "--root", "s3://shop/deployment"],
            "--data (folder) data/ml-100k: is a folder of this machine;",
        ),
        (
            ["-o", "pipeline.yaml", "--root", "runs/shop", "--data", "s3://shop/data"],
            "--root (kubeflow.root) runs/shop: ",
        ),
        (
            ["-o", "pipeline.json", *PLACES],
            "-o pipeline.json: Kubeflow reads YAML; name the file pipeline.yaml.",
        ),
        (["-o", "pipeline.yaml", *PLACES, "--image", "a b"], "--image 'a b': is no reference of an image;"),
        (["-o", "pipeline.yaml", "--set", "kubeflow.name=Big"], "kubeflow.name 'Big': "),
    ],
)
def test_refused(autoncf, tmp_path, monkeypatch, more, sentence):
    monkeypatch.chdir(tmp_path)
    answer = autoncf(*COMPILE, *more)
    assert (answer.status, answer.out) == (2, "")
    assert answer.error.startswith(sentence)
    assert not list(tmp_path.iterdir())
