import subprocess
import sys

from pipeline.datasets.python_index import pip_commands


def test_looking_for_pip_leaves_setuptools_able_to_replace_distutils():
    # The quick start fetches and then imports TFX in one process.
    code = (
        "from pipeline.datasets.python_index import pip_commands; list(pip_commands()); "
        "import distutils.core, setuptools"
    )
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_every_way_ends_in_pip():
    assert all("pip" in command[-1] for command in pip_commands())
