"""Installations from a package index, which a machine need not reach: the one exception to "no network"."""

import re
import subprocess
from pathlib import Path

import pytest

UV = Path(__file__).parent.parent / ".uv" / "bin" / "uv"

NO_INDEX = re.compile(
    r"Failed to (fetch|download)|dns error|status server error|error sending request|timed out|certificate"
    r"|network was disabled",
    re.IGNORECASE,
)
"""What uv says of an index that cannot be reached or does not answer, and of nothing else."""


def uv_or_skip() -> Path:
    """The installer; the test skips where the environment was made without it."""
    if not UV.is_file():
        pytest.skip(f"{UV} is not there: `make setup` installs it")
    return UV


def run_or_skip(command, timeout=None, **arguments) -> str:
    """What a command that installs packages says; the test skips where no index can be reached.

    Raises:
        AssertionError: if the command fails for any other reason, with what it said.
    """
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=timeout, **arguments)
    except subprocess.TimeoutExpired:
        pytest.skip(f"no package index can be reached: no answer in {timeout} s")
    if done.returncode and NO_INDEX.search(done.stderr):
        pytest.skip(f"no package index can be reached: {done.stderr.strip().splitlines()[-1].strip()}")
    assert done.returncode == 0, done.stderr
    return done.stderr
