"""What a current Kubeflow backend reads, in an environment of its own: ours holds older messages."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.package_index import run_or_skip, uv_or_skip

_REPOSITORY = Path(__file__).parent.parent
_LOCK = _REPOSITORY / "requirements" / "kfp-backend.txt"

_PARSER = """
import json, sys
folder = sys.argv[1]
# kfp.kubernetes itself would import the SDK, which is not there.
sys.path[:0] = [folder, folder + "/kfp/kubernetes"]
from google.protobuf import json_format
from kfp.pipeline_spec import pipeline_spec_pb2
import kubernetes_executor_config_pb2

def parse(value, message, place):
    try:
        return json_format.Parse(json.dumps(value), message)
    except json_format.ParseError as error:
        sys.exit(f"{place}: {error}")

pipeline, *rest = json.load(sys.stdin)
parse(pipeline, pipeline_spec_pb2.PipelineSpec(), "PipelineSpec")
for document in rest:
    platform = parse(document, pipeline_spec_pb2.PlatformSpec(), "PlatformSpec")
    for name, config in platform.platforms["kubernetes"].deployment_spec.executors.items():
        message = kubernetes_executor_config_pb2.KubernetesExecutorConfig()
        parse(json_format.MessageToDict(config), message, f"KubernetesExecutorConfig {name}")
"""


@pytest.fixture(scope="session")
def current_backend(tmp_path_factory) -> Path:
    """A folder with the packages of requirements/kfp-backend.txt; without uv or a package index it skips."""
    folder = tmp_path_factory.mktemp("kfp-backend")
    install = ["pip", "install", "--no-deps", "--require-hashes", "--requirement", _LOCK, "--target", folder]
    run_or_skip([uv_or_skip(), *install, "--python", sys.executable], timeout=120)
    return folder


def parse_with_current_backend(current_backend: Path, yaml_file: Path | str) -> None:
    """Reads a compiled pipeline as strictly as the backend: no unknown field, no value of another type.

    Raises:
        AssertionError: with the parser's message.
    """
    documents = list(yaml.safe_load_all(Path(yaml_file).read_text(encoding="utf-8")))
    # Isolated and without site-packages: nothing of this environment's older messages is seen.
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", _PARSER, current_backend],
        input=json.dumps(documents),
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr.strip()
