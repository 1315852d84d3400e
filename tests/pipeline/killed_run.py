"""`autoncf` in processes that come to a bad end at a chosen moment.

    python killed_run.py

reads lines `[MOMENT, COMPONENT, ARGUMENT...]` of JSON, runs `autoncf ARGUMENT...` in a child for each, and
answers with a line of JSON: the child's `status` and its `output`. So TFX is imported once for all of them.
"""

import json
import logging
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path


def _kill(*_: object) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


class _KillAtFirstRecord(logging.Handler):
    emit = _kill


def at_the_first_epoch(_: str) -> None:
    """As soon as the first epoch has ended."""
    logging.getLogger("models.training").addHandler(_KillAtFirstRecord())


def before_the_version_appears(_: str) -> None:
    """When the whole model is staged, right before it becomes a version."""
    rename = os.rename

    def rename_or_die(source, destination, *arguments, **options):
        if Path(destination).name.isdigit() and Path(destination).parent.name == "recommender":
            _kill()
        rename(source, destination, *arguments, **options)

    os.rename = rename_or_die


def half_way(component: str) -> None:
    """When a component has begun to write its outputs, of which the metadata store does not know yet."""
    from tfx.orchestration.portable import python_executor_operator

    run_with_executor = python_executor_operator.run_with_executor

    def write_half_and_die(execution_info, executor):
        if execution_info.pipeline_node.node_info.id == component:
            for artifacts in execution_info.output_dict.values():
                Path(artifacts[0].uri, "half").write_text("ha")
            _kill()
        return run_with_executor(execution_info, executor)

    python_executor_operator.run_with_executor = write_half_and_die


def on_a_full_disk(component: str) -> None:
    """A component finds no more than 16 KiB to write to; needs the right to mount."""
    from tfx.orchestration.portable import launcher

    launch = launcher.Launcher.launch

    def launch_without_space(self):
        if self._pipeline_node.node_info.id == component:
            root = self._pipeline_runtime_spec.pipeline_root.field_value.string_value
            folder = Path(root) / component
            folder.mkdir(exist_ok=True)
            subprocess.run(["mount", "-t", "tmpfs", "-o", "size=16k", "none", folder], check=True)
            try:
                return launch(self)
            finally:
                subprocess.run(["umount", "--lazy", folder], check=True)
        return launch(self)

    launcher.Launcher.launch = launch_without_space


def never(_: str) -> None:
    """The run ends by itself."""


MOMENTS: dict[str, Callable[[str], None]] = {
    moment.__name__: moment
    for moment in (
        at_the_first_epoch,
        before_the_version_appears,
        half_way,
        on_a_full_disk,
        never,
    )
}


def _run(moment: str, component: str, *arguments: str) -> dict[str, object]:
    """One run in a child."""
    with tempfile.TemporaryFile() as output:
        child = os.fork()
        if child == 0:
            os.dup2(output.fileno(), 1)
            os.dup2(output.fileno(), 2)
            MOMENTS[moment](component)
            sys.argv = ["autoncf", *arguments]
            main()
        _, status = os.waitpid(child, 0)
        output.seek(0)
        return {"status": os.waitstatus_to_exitcode(status), "output": output.read().decode()}


if __name__ == "__main__":
    from pipeline import observed_runner, pipeline, summary  # noqa: F401 - children find TFX imported
    from pipeline.cli import main

    for line in sys.stdin:
        print(json.dumps(_run(*json.loads(line))), flush=True)
