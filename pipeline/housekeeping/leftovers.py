"""What killed and failed executions left on disk."""

import shutil
from collections.abc import Collection, Iterator
from pathlib import Path

_SYSTEM = ".system"
_PER_EXECUTION = "executor_execution"
_TEMPORARY = ".temp"


def remove_leftovers(artifacts: Path, kept: Collection[tuple[str, int]]) -> None:
    """Removes every output that no execution to be kept wrote, and all working folders.

    Nothing may run meanwhile. What TFX did not lay out stays.

    Args:
        artifacts: the root of the artifacts; outputs lie in `COMPONENT/OUTPUT_KEY/EXECUTION_ID` below it.
        kept: component and execution id of the outputs that stay.
    """
    for component in _folders(artifacts):
        for key in _folders(component):
            if key.name == _SYSTEM:
                _clear_system(component.name, key, kept)
            else:
                _remove_unkept(component.name, key, kept)


def _clear_system(component: str, system: Path, kept: Collection[tuple[str, int]]) -> None:
    for purpose in _folders(system):
        if purpose.name == _PER_EXECUTION:
            _remove_unkept(component, purpose, kept)
            for temporary in list(purpose.glob(f"*/{_TEMPORARY}")):
                shutil.rmtree(temporary)
        else:  # of the drivers, and stateful working folders, which nobody returns to
            for folder in _folders(purpose):
                shutil.rmtree(folder)


def _remove_unkept(component: str, parent: Path, kept: Collection[tuple[str, int]]) -> None:
    for folder in _folders(parent):
        if folder.name.isdecimal() and (component, int(folder.name)) not in kept:
            shutil.rmtree(folder)


def _folders(parent: Path) -> Iterator[Path]:
    return (path for path in list(parent.iterdir()) if path.is_dir() and not path.is_symlink())
