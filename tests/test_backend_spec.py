"""The parser of a current backend's messages tells a good specification from a bad one."""

import pytest
import yaml

from tests.backend_spec import current_backend, parse_with_current_backend  # noqa: F401

PIPELINE = {
    "pipelineInfo": {"name": "two"},
    "schemaVersion": "2.1.0",
    "root": {"dag": {"tasks": {"a": {"taskInfo": {"name": "a"}, "componentRef": {"name": "comp-a"}}}}},
    "components": {"comp-a": {"executorLabel": "exec-a"}},
    "deploymentSpec": {"executors": {"exec-a": {"container": {"image": "i", "command": ["true"]}}}},
}
SECRET = {"secretName": "keys", "keyToEnv": [{"secretKey": "id", "envVar": "ID"}]}


def platform(config):
    executors = {"exec-a": config}
    return {"platforms": {"kubernetes": {"deploymentSpec": {"executors": executors}}}}


@pytest.fixture
def write(tmp_path):
    def write(*documents):
        path = tmp_path / "pipeline.yaml"
        path.write_text(yaml.safe_dump_all(documents))
        return path

    return write


def test_reads_a_pipeline_with_and_without_a_platform(write, current_backend):  # noqa: F811
    parse_with_current_backend(current_backend, write(PIPELINE))
    parse_with_current_backend(current_backend, write(PIPELINE, platform({"secretAsEnv": [SECRET]})))


def test_reads_what_older_messages_lack(write, current_backend):  # noqa: F811
    secret = SECRET | {"optional": True, "secretNameParameter": {"componentInputParameter": "name"}}
    parse_with_current_backend(current_backend, write(PIPELINE, platform({"secretAsEnv": [secret]})))


@pytest.mark.parametrize(
    ("documents", "message"),
    [
        ([PIPELINE | {"retries": 1}], 'PipelineSpec: .*no field named "retries"'),
        ([PIPELINE | {"schemaVersion": 2}], "PipelineSpec: .*schemaVersion"),
        ([PIPELINE, {"platform": {}}], 'PlatformSpec: .*no field named "platform"'),
        (
            [PIPELINE, platform({"secretsAsEnv": [SECRET]})],
            'KubernetesExecutorConfig exec-a: .*no field named "secretsAsEnv"',
        ),
    ],
)
def test_mistake_is_found(write, current_backend, documents, message):  # noqa: F811
    with pytest.raises(AssertionError, match=message):
        parse_with_current_backend(current_backend, write(*documents))
