"""`autoncf` in a process that is killed at a chosen moment: `python killed_run.py MOMENT ARGUMENT...`."""

import logging
import os
import signal
import sys
from pathlib import Path


def _kill(*_: object) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


class _KillAtFirstRecord(logging.Handler):
    emit = _kill


def in_trainer() -> None:
    """As soon as the first epoch has ended."""
    logging.getLogger("models.training").addHandler(_KillAtFirstRecord())


def in_pusher() -> None:
    """When the whole model is staged, right before it becomes a version."""
    from tfx.dsl.io import fileio

    rename = fileio.rename

    def rename_or_die(source, destination, *arguments, **options):
        if Path(destination).name.isdigit() and Path(destination).parent.name == "recommender":
            _kill()
        rename(source, destination, *arguments, **options)

    fileio.rename = rename_or_die


MOMENTS = {"trainer": in_trainer, "pusher": in_pusher}

if __name__ == "__main__":
    from pipeline.cli import main

    MOMENTS[sys.argv.pop(1)]()
    main()
