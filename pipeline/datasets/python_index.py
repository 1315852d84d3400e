"""A wheel from the Python package index, downloaded with pip and never installed."""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

from pipeline.datasets.download import SourceUnavailable
from pipeline.datasets.progress import Progress

_TIMEOUT_SECONDS = 300
_OPTIONS = (
    "--no-deps",
    "--only-binary",
    ":all:",
    "--no-input",
    "--quiet",
    "--timeout",
    "10",
    "--retries",
    "1",
)


def download_wheel(requirement: str, folder: Path, progress: Progress) -> Path:
    """Download the wheel of `requirement` (`recbole==1.2.1`) into `folder` from the index that pip is set to.

    Raises:
        SourceUnavailable: if there is no pip and no uv to run it, or pip cannot get the wheel.
    """
    name, _, version = requirement.partition("==")
    step = f"Downloading {requirement} from the Python package index"
    reason = "neither pip nor uv was found"
    progress(step, 0, None)
    for pip in pip_commands():
        command = [*pip, "download", *_OPTIONS, "--dest", str(folder), requirement]
        try:
            done = subprocess.run(
                command, capture_output=True, text=True, timeout=_TIMEOUT_SECONDS, check=False
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            reason = str(error)
            continue
        wheels = sorted(folder.glob(f"{name}-{version}-*.whl"))
        if done.returncode == 0 and wheels:
            progress(step, 1, 1)
            return wheels[0]
        reason = (done.stderr.strip() or done.stdout.strip() or "pip said nothing").splitlines()[-1]
    raise SourceUnavailable(f"{requirement} cannot be had from the Python package index ({reason})")


def pip_commands() -> Iterator[list[str]]:
    """The ways to run pip, best first: this environment's own, one run by uv, any on the PATH.

    An environment made by uv has no pip, but the uv that made it may stand beside it in `.uv/`.
    """
    # Not `importlib.util.find_spec("pip")`: setuptools takes that for a running pip, gives up its distutils,
    # and TFX fails to import afterwards in this process.
    if any(metadata.distributions(name="pip")):
        yield [sys.executable, "-m", "pip"]
    beside = Path(sys.prefix).parent / ".uv" / "bin"
    if uv := shutil.which("uv", path=str(beside)) or shutil.which("uv"):
        yield [uv, "--quiet", "tool", "run", "--python", sys.executable, "pip"]
    if pip := shutil.which("pip3") or shutil.which("pip"):
        yield [pip]
