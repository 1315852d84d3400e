"""The Dockerfile, held against the tree, the locks and the deployment."""

import re

import pytest

from tests.image.image_files import REPOSITORY, copied, is_sent, locked, project, stages
from tests.serving.deployment_files import pod


@pytest.fixture(scope="module")
def builder():
    return next(stage for stage in stages() if stage.name == "builder")


@pytest.fixture(scope="module")
def final():
    return stages()[-1]


def test_images_are_pinned():
    for stage in stages():
        assert re.search(r":\d+\.\d+\.\d+(-|$)", stage.image), stage.image


def test_builder_and_image_have_the_same_python_and_debian(builder, final):
    # What needs a compiler is compiled where there is one; Debian 13 has the glibc that TFX's wheels ask for.
    assert builder.image.removesuffix("-trixie") == final.image.removesuffix("-slim-trixie")
    assert builder.image.startswith("python:3.11.")


def test_beam_worker_is_of_the_locked_version():
    (beam,) = [stage for stage in stages() if stage.name == "beam"]
    assert beam.image == f"apache/beam_python3.11_sdk:{locked('image.txt')['apache-beam']}"


def test_both_variants_can_be_asked_for(builder):
    assert builder.values("ARG") == ["VARIANT=cpu"]
    assert 'requirements/image.sh requirements /opt/venv "$VARIANT"' in builder.values("RUN")


def test_what_is_copied_is_there_and_sent():
    for source in copied():
        assert (REPOSITORY / source).exists(), source
        assert is_sent(source), source


def test_every_package_is_copied():
    include = project()["tool"]["setuptools"]["packages"]["find"]["include"]
    assert {pattern.removesuffix("*") for pattern in include} <= set(copied())


@pytest.mark.parametrize(
    "path",
    [
        *("data/mine/interactions.csv", "runs/ml-100k/summary.json", "results/table2/results.csv"),
        *(
            ".git/config",
            ".venv/bin/python",
            ".uv/bin/uv",
            "build/lib/models/__init__.py",
            "autoncf.egg-info",
        ),
        *("tests/conftest.py", "benchmarks/nights.py", "docs/data.md", ".env", "key.json"),
        *("models/__pycache__/export.cpython-311.pyc", "pipeline/cli/__pycache__"),
    ],
)
def test_nothing_else_is_sent(path):
    assert not is_sent(path)


def test_nothing_is_installed_or_compiled_in_the_image_itself(final):
    for run in final.values("RUN"):
        assert not re.search(r"\b(apt|apt-get|pip|uv|gcc|g\+\+|make|curl|wget)\b", run)
    assert final.values("COPY") == [
        "--from=beam /opt/apache/beam /opt/apache/beam",
        "--from=builder /opt/venv /opt/venv",
    ]


def test_runs_as_the_user_of_the_servers(final):
    context = pod()["securityContext"]
    assert final.values("USER") == [f"{context['runAsUser']}:{context['runAsGroup']}"]
    instructions = [instruction for instruction, _ in final.instructions]
    assert instructions.index("USER") > instructions.index("RUN")


def test_any_user_can_write_where_the_launcher_and_python_do(final):
    (run,) = final.values("RUN")
    assert "install --directory --mode 1777 /home/autoncf /gcs /s3 /minio" in run
    environment = dict(re.findall(r"(\w+)=(\S+)", final.values("ENV")[0]))
    assert environment["HOME"] == "/home/autoncf"
    assert environment["USER"] == "autoncf"


def test_beam_starts_its_workers_with_the_image_s_packages(final):
    assert final.values("ENTRYPOINT") == ['["/opt/apache/beam/boot"]']
    environment = dict(re.findall(r"(\w+)=(\S+)", final.values("ENV")[0]))
    assert environment["RUN_PYTHON_SDK_IN_DEFAULT_ENVIRONMENT"] == "1"
    assert environment["PATH"].startswith("/opt/venv/bin:")


def test_labels(final):
    labels = dict(re.findall(r'org\.opencontainers\.image\.([a-z.]+)="([^"]*)"', final.values("LABEL")[0]))
    assert labels["version"] == project()["project"]["version"]
    assert labels["licenses"] == "Apache-2.0"
    assert labels["base.name"] == f"docker.io/library/{final.image}"
    assert final.values("ARG") == ["REVISION=unknown"]
