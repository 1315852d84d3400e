"""The image's commands in an environment made by the image's own steps, where the machine is new enough."""

import os
import platform
import shutil
import subprocess

import pytest

from tests.image.image_files import UV, copy_context
from tests.image.test_wheel import COMMANDS

NEEDED_GLIBC = (2, 39)


def what_lacks():
    """Why the image's environment cannot be made here, or nothing."""
    library, version = platform.libc_ver()
    if library != "glibc" or tuple(map(int, version.split("."))) < NEEDED_GLIBC:
        return f"TFX's wheels for Python 3.11 need glibc 2.39, and this is {library or 'no glibc'} {version}"
    for program in ("python3.11", "g++"):
        if shutil.which(program) is None:
            return f"{program} is not on the PATH"
    return "" if UV.is_file() else f"{UV} is not there"


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.skipif(bool(what_lacks()), reason=what_lacks())
def test_commands_run_in_a_clean_environment(tmp_path):
    context, wheel, venv = tmp_path / "context", tmp_path / "wheel", tmp_path / "venv"
    context.mkdir()
    copy_context(context)
    script = context / "requirements" / "image.sh"
    path = os.pathsep.join([str(UV.parent), os.environ["PATH"]])
    python = venv / "bin" / "python"
    steps = [["requirements", venv, "cpu"], ["wheel", wheel, python], ["project", venv, wheel]]
    for step in steps:
        subprocess.run([script, *step], env=os.environ | {"PATH": path}, check=True)
    clean = {"PATH": f"{venv}/bin:/usr/bin:/bin", "HOME": str(tmp_path)}
    commands = [[module, "--help"] for module in COMMANDS]
    for command in [*commands, ["pip", "show", "--quiet", "apache-beam"]]:
        subprocess.run([python, "-m", *command], env=clean, cwd=tmp_path, check=True)
    shutil.rmtree(venv)  # some gigabytes
