"""The image's locks: the second leg's versions, and nothing that only developers need."""

import sys

import pytest
from packaging.requirements import Requirement

from tests.image.image_files import REPOSITORY, locked, project
from tests.package_index import run_or_skip, uv_or_skip

LOCKS = ["image.txt", "image-cuda.txt"]


def names(requirements):
    """Of those for Python 3.11."""
    parsed = [Requirement(each) for each in requirements]
    fit = [each for each in parsed if not each.marker or each.marker.evaluate({"python_version": "3.11"})]
    return {each.name for each in fit} - {"autoncf"}


@pytest.mark.parametrize("lock", LOCKS)
def test_versions_are_those_that_are_tested(lock):
    tested = locked("py311.txt")
    others = {name: version for name, version in locked(lock).items() if tested.get(name) != version}
    assert all(name.startswith("nvidia-") for name in others)
    assert bool(others) == (lock == "image-cuda.txt")


def test_cuda_variant_differs_by_nvidia_s_libraries_alone():
    cpu, cuda = locked("image.txt"), locked("image-cuda.txt")
    assert cpu.items() <= cuda.items()
    assert {"nvidia-cudnn-cu12", "nvidia-cublas-cu12", "nvidia-cuda-nvcc-cu12"} <= set(cuda) - set(cpu)


def test_versions_of_nvidia_s_libraries_are_those_of_the_docs():
    cuda = locked("image-cuda.txt")
    packages = {"CUDA": "nvidia-cuda-runtime-cu12", "cuDNN": "nvidia-cudnn-cu12", "NCCL": "nvidia-nccl-cu12"}
    named = [f"{name} {'.'.join(cuda[package].split('.')[:2])}" for name, package in packages.items()]
    assert "{}, {} and {} as wheels".format(*named) in (REPOSITORY / "docs" / "image.md").read_text()


@pytest.mark.parametrize("lock", LOCKS)
def test_holds_what_the_project_needs_and_no_tool_of_its_developers(lock):
    extras = project()["project"]["optional-dependencies"]
    needed = names(project()["project"]["dependencies"])
    tools = names([*extras["dev"], *extras["experiments"]])
    assert {"tfx", "boto3", "tensorflow-recommenders"} <= needed
    assert {"pytest", "ruff", "moto", "implicit"} <= tools
    assert needed <= set(locked(lock))
    assert not (tools - needed) & set(locked(lock))


@pytest.mark.parametrize("lock", [*LOCKS, "kfp-backend.txt"])
def test_hashes_and_no_address(lock):
    text = (REPOSITORY / "requirements" / lock).read_text(encoding="utf-8")
    assert "://" not in text
    assert text.count("==") == len(locked(lock))
    blocks = text.split("\n#")[-1].split("==")[1:]
    assert all("--hash=sha256:" in block for block in blocks)


@pytest.mark.slow
@pytest.mark.parametrize("lock", LOCKS)
def test_every_file_is_there_for_the_image_s_platform(lock, tmp_path):
    target = ["--python-version", "3.11", "--python-platform", "x86_64-manylinux_2_39", "--target", tmp_path]
    source = ["--require-hashes", "--requirement", REPOSITORY / "requirements" / lock]
    command = [uv_or_skip(), "pip", "install", "--dry-run", *source, *target, "--python", sys.executable]
    said = run_or_skip(command, timeout=300)
    assert f"Would install {len(locked(lock))} packages" in said
