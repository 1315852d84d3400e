"""Runs in processes of their own, which a test can have killed."""

import dataclasses
import json
import subprocess
import sys
from pathlib import Path
from types import TracebackType

from tests.pipeline import killed_run
from tests.pipeline.deployment import Deployment

CAN_MOUNT = subprocess.run(["unshare", "-rm", "true"], capture_output=True, check=False).returncode == 0
"""Whether a process may have a name space of its own here, in which it may mount."""


@dataclasses.dataclass(frozen=True)
class Ending:
    """How a process ended: its status, minus the signal's number if it was killed, and what it wrote."""

    status: int
    output: str


class RunsToKill:
    """A process that runs `autoncf run` as often as it is told.

    with RunsToKill() as runs:
        runs.run(deployment, killed_run.half_way, "Trainer")
    """

    def __enter__(self) -> "RunsToKill":
        own_name_space = ["unshare", "--map-root-user", "--mount"] if CAN_MOUNT else []
        self._process = subprocess.Popen(
            [*own_name_space, sys.executable, killed_run.__file__],
            cwd=Path(killed_run.__file__).parents[2],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._process.kill()
        self._process.communicate()

    def run(self, deployment: Deployment, moment=killed_run.never, component: str = "") -> Ending:
        """One run of `deployment`.

        Args:
            deployment: what runs, and where.
            moment: of `killed_run`, when it comes to a bad end.
            component: in which.
        """
        print(
            json.dumps([moment.__name__, component, *deployment.arguments()]),
            file=self._process.stdin,
            flush=True,
        )
        return Ending(**json.loads(self._process.stdout.readline()))
