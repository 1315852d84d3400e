"""The image's commands in an environment made by the image's own steps: on request, on a machine that can."""

import os
import platform
import shutil
import subprocess

import pytest

from tests.image.image_files import copy_context, install_command
from tests.image.test_wheel import COMMANDS
from tests.package_index import UV, run_or_skip

NEEDED_GLIBC = (2, 39)
REQUEST = "AUTONCF_TEST_IMAGE"
"""Environment variable; set to 1, the environment is made."""


def what_lacks():
    """Why the image's environment is not made here, or nothing."""
    if os.environ.get(REQUEST) != "1":
        return f"downloads some gigabytes: {REQUEST}=1 asks for it"
    library, version = platform.libc_ver()
    if library != "glibc" or tuple(map(int, version.split("."))) < NEEDED_GLIBC:
        return f"TFX's wheels for Python 3.11 need glibc 2.39, and this is {library or 'no glibc'} {version}"
    for program in ("python3.11", "g++"):
        if shutil.which(program) is None:
            return f"{program} is not on the PATH"
    return "" if UV.is_file() else f"{UV} is not there"


@pytest.fixture
def venv(tmp_path):
    """Made by the image's steps, and removed whatever becomes of the test."""
    if lacking := what_lacks():
        pytest.skip(lacking)
    context, wheel, venv = tmp_path / "context", tmp_path / "wheel", tmp_path / "venv"
    context.mkdir()
    copy_context(context)
    script = context / "requirements" / "image.sh"
    environment = os.environ | {"PATH": f"{venv}/bin:{UV.parent}:{os.environ['PATH']}"}
    try:
        run_or_skip([script, "requirements", venv, "cpu"], env=environment)
        for step in (
            [script, "wheel", wheel, venv / "bin" / "python"],
            ["bash", "-c", install_command(wheel)],
        ):
            subprocess.run(step, env=environment, check=True)
        yield venv
    finally:
        shutil.rmtree(venv, ignore_errors=True)


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_commands_run_in_a_clean_environment(venv, tmp_path):
    python = venv / "bin" / "python"
    clean = {"PATH": f"{venv}/bin:/usr/bin:/bin", "HOME": str(tmp_path)}
    commands = [[module, "--help"] for module in COMMANDS]
    for command in [*commands, ["pip", "show", "--quiet", "apache-beam"]]:
        subprocess.run([python, "-m", *command], env=clean, cwd=tmp_path, check=True)
