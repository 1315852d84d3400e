"""The Dockerfile, held against the tree, the locks and the deployment."""

import re

import pytest

from tests.image.image_files import REPOSITORY, copied, is_sent, locked, matches, project, stage, stages
from tests.serving.deployment_files import pod


@pytest.fixture(scope="module")
def final():
    return stages()[-1]


@pytest.fixture(scope="module")
def environment(final):
    """The image's variables."""
    (values,) = final.values("ENV")
    return dict(re.findall(r"(\w+)=(\S+)", values))


def test_images_are_pinned():
    names = {each.name for each in stages()}
    assert all(each.image in names or re.search(r":\d+\.\d+\.\d+(-|$)", each.image) for each in stages())


def test_builder_and_image_have_the_same_python_and_debian(final):
    # What needs a compiler is compiled where there is one; Debian 13 has the glibc that TFX's wheels ask for.
    compiled = stage("requirements").image
    assert compiled.removesuffix("-trixie") == final.image.removesuffix("-slim-trixie")
    assert compiled.startswith("python:3.11.")
    assert stage("builder").image == "requirements"


def test_beam_worker_is_of_the_locked_version():
    assert stage("beam").image == f"apache/beam_python3.11_sdk:{locked('image.txt')['apache-beam']}"


def test_both_variants_can_be_asked_for():
    assert stage("requirements").values("ARG") == ["VARIANT=cpu"]
    assert 'requirements/image.sh requirements /opt/venv "$VARIANT"' in stage("requirements").values("RUN")


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


@pytest.mark.parametrize(
    ("pattern", "fits", "fits_not"),
    [
        ("models", ["models", "models/losses.py"], ["old/models", "models2"]),
        ("*", ["data", "data/a.csv"], []),
        ("docs/*.md", ["docs/a.md"], ["docs/old/a.md", "docs/amd"]),
        ("**/__pycache__", ["__pycache__", "models/__pycache__/a.pyc", "a/b/__pycache__"], ["a__pycache__"]),
        ("a?.py", ["ab.py"], ["a/.py", "a.py"]),
    ],
)
def test_patterns_fit_as_docker_s_do(pattern, fits, fits_not):
    assert [path for path in [*fits, *fits_not] if matches(path, pattern)] == fits


def test_gigabytes_are_copied_before_any_code(final):
    assert final.values("COPY") == [
        "--from=beam /opt/apache/beam /opt/apache/beam",
        "--from=requirements /opt/venv /opt/venv",
    ]
    assert all(value.startswith("requirements/") for value in stage("requirements").values("COPY"))


def test_image_itself_installs_the_wheel_alone_and_offline(final):
    make, install = final.values("RUN")
    assert not re.search(r"\b(apt|apt-get|pip|uv|gcc|g\+\+|make|curl|wget)\b", make)
    mount, _, command = install.partition(" ")
    assert mount == "--mount=type=bind,from=builder,source=/tmp/wheel,target=/tmp/wheel"
    assert command.startswith("python -m pip install --no-deps --no-index --no-cache-dir ")
    assert command.endswith(" /tmp/wheel/*.whl")
    assert "--no-compile" not in command
    assert stage("builder").values("RUN") == [
        "requirements/image.sh wheel /tmp/wheel /opt/venv/bin/python",
    ]


def test_runs_as_the_user_of_the_servers(final):
    context = pod()["securityContext"]
    assert final.values("USER") == [f"{context['runAsUser']}:{context['runAsGroup']}"]
    instructions = [instruction for instruction, _ in final.instructions]
    after = instructions[instructions.index("USER") :]
    assert not {"RUN", "COPY", "USER"} & set(after[1:])  # root makes all of it


def test_any_user_can_write_where_the_launcher_and_python_do(final, environment):
    assert "install --directory --mode 1777 /home/autoncf /gcs /s3 /minio" in final.values("RUN")[0]
    assert environment["HOME"] == "/home/autoncf"
    assert environment["USER"] == "autoncf"


def test_beam_starts_its_workers_with_the_image_s_packages(final, environment):
    assert final.values("ENTRYPOINT") == ['["/opt/apache/beam/boot"]']
    assert environment["RUN_PYTHON_SDK_IN_DEFAULT_ENVIRONMENT"] == "1"
    assert environment["PATH"].startswith("/opt/venv/bin:")


def test_keras_2_is_chosen_before_anything_is_imported(environment):
    # tfx_bsl and TFMA import TensorFlow in a worker that has not imported `models` yet.
    assert environment["TF_USE_LEGACY_KERAS"] == "1"


def test_labels(final):
    labels = dict(re.findall(r'org\.opencontainers\.image\.([a-z.]+)="([^"]*)"', final.values("LABEL")[0]))
    assert labels["version"] == project()["project"]["version"]
    assert labels["licenses"] == "Apache-2.0"
    assert labels["base.name"] == f"docker.io/library/{final.image}"
    assert final.values("ARG") == ["REVISION=unknown"]
    assert [instruction for instruction, _ in final.instructions][-2:] == ["ARG", "LABEL"]  # changes no layer
