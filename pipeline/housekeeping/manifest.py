"""Which files an execution published, and how long they are, so that half-written ones are known.

TFX answers from the cache whenever the folder of an artifact is there, whatever lies in it. A machine that
goes down can leave an execution that the metadata store calls complete, and files of it that are empty or cut
off. So once an execution has been published, the disk is made to keep what it wrote, and only then a list of
it is written. Outputs without a list, or that differ from it, are not whole.
"""

import json
import os
from collections.abc import Iterator
from pathlib import Path

from components.pusher.layout import flush


def record_outputs(component_folder: Path, execution_id: int) -> None:
    """Makes the disk keep what an execution wrote, and lists it; does nothing if it wrote nothing.

    Args:
        component_folder: TFX's, `ARTIFACTS/COMPONENT`; outputs lie in `OUTPUT_KEY/EXECUTION_ID` below it.
        execution_id: by the metadata store.
    """
    outputs = list(component_folder.glob(f"*/{execution_id}"))
    if not outputs:
        return
    sizes: dict[str, int] = {}
    for output in outputs:
        for path in _tree(output):
            flush(path)
            if path.is_file():
                sizes[str(path.relative_to(component_folder))] = path.stat().st_size
        flush(output.parent)
    manifest = _manifest(component_folder, execution_id)
    manifest.parent.mkdir(parents=True, exist_ok=True)
    unfinished = manifest.with_suffix(".unfinished")
    unfinished.write_text(json.dumps(sizes), encoding="utf-8")
    flush(unfinished)
    unfinished.replace(manifest)


def is_whole(component_folder: Path, execution_id: int) -> bool:
    """Whether the outputs of an execution were listed, and every file is as long as it was then."""
    manifest = _manifest(component_folder, execution_id)
    if not manifest.is_file():
        return False
    sizes: dict[str, int] = json.loads(manifest.read_text(encoding="utf-8"))
    return all(_size(component_folder / name) == size for name, size in sizes.items())


def _manifest(component_folder: Path, execution_id: int) -> Path:
    """In a folder that TFX makes for every execution, and leaves behind empty."""
    return component_folder / ".system" / "executor_execution" / str(execution_id) / "files.json"


def _size(path: Path) -> int | None:
    return path.stat().st_size if path.is_file() else None


def _tree(path: Path) -> Iterator[Path]:
    """Everything below a folder, and the folder itself after it."""
    for parent, _, names in os.walk(path, topdown=False):
        yield from (Path(parent) / name for name in names)
        yield Path(parent)
    if path.is_file():  # a value artifact
        yield path
