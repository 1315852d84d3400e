"""The project's wheel, made by the image's own step: whole, and enough for the image's commands."""

import os
import subprocess
import sys

import pytest

from tests.image.image_files import REPOSITORY, copy_context
from tests.package_index import uv_or_skip

COMMANDS = [
    "components.pusher.mirror",
    "pipeline.cli",
    "pipeline.kubeflow.conclusion",
    "pipeline.kubeflow.entrypoint",
    "pipeline.kubeflow.preparation",
]
"""Modules that the image's containers run."""

PACKAGES = ("components", "models", "pipeline", "schemas", "serving")


@pytest.fixture(scope="module")
def context(tmp_path_factory):
    folder = tmp_path_factory.mktemp("context")
    copy_context(folder)
    return folder


@pytest.fixture(scope="module")
def site(context, tmp_path_factory):
    """A folder that holds the installed wheel and nothing else."""
    uv = uv_or_skip()
    wheels, target = tmp_path_factory.mktemp("wheel"), tmp_path_factory.mktemp("site")
    path = f"{uv.parent}{os.pathsep}{os.environ['PATH']}"
    step = [context / "requirements" / "image.sh", "wheel", wheels, sys.executable]
    subprocess.run(step, env=os.environ | {"PATH": path}, check=True)
    (wheel,) = wheels.glob("*.whl")
    install = [uv, "pip", "install", "--quiet", "--no-deps", "--target", target, wheel]
    subprocess.run([*install, "--python", sys.executable], check=True)
    return target


def test_holds_every_file_of_every_package(context, site):
    def files(folder):
        found = (path.relative_to(folder) for name in PACKAGES for path in (folder / name).rglob("*"))
        return {path for path in found if (folder / path).is_file() and "__pycache__" not in path.parts}

    assert files(site) == files(context)
    assert {path.suffix for path in files(site)} >= {".py", ".yaml", ".pbtxt", ".config", ".md"}
    assert not [path for path in site.iterdir() if path.name in {"tests", "benchmarks"}]


def test_commands_are_imported_from_the_wheel(site, tmp_path):
    code = """
import importlib, importlib.util, sys
for name in sys.argv[1:]:
    print(importlib.util.find_spec(name).origin)
    if name != "pipeline.kubeflow.preparation": # it imports TFX: ten seconds
        importlib.import_module(name)
"""
    environment = os.environ | {"PYTHONPATH": str(site), "TF_CPP_MIN_LOG_LEVEL": "3"}
    command = [sys.executable, "-W", "ignore", "-c", code, *COMMANDS]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    modules = [site.joinpath(*name.split(".")) for name in COMMANDS]
    assert done.stdout.split() == [
        str(module / "__init__.py" if module.is_dir() else module.with_suffix(".py")) for module in modules
    ]


def test_script_of_the_console_is_there(site):
    assert (site / "bin" / "autoncf").is_file()


def test_unknown_variant_is_refused(tmp_path):
    step = [REPOSITORY / "requirements" / "image.sh", "requirements", tmp_path / "venv", "gpu"]
    done = subprocess.run(step, capture_output=True, text=True)
    assert done.returncode == 1
    assert done.stderr == "VARIANT is gpu; choose cpu or cuda\n"
    assert not (tmp_path / "venv").exists()
