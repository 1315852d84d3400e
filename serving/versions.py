"""Version folders of a pushed model: `BASE/<number>/saved_model.pb`.

Only names of digits count, as in TensorFlow Serving; whatever a pusher stages beside them has another name
and is not seen.
"""

from pathlib import Path

SAVED_MODEL = "saved_model.pb"


def version_folders(base_path: Path) -> dict[int, Path]:
    """Every folder with a version number as its name, newest first, whether or not a whole model lies in it.

    A base path that does not exist holds no versions.
    """
    if not base_path.is_dir():
        return {}
    folders = {int(path.name): path for path in base_path.iterdir() if _is_version(path)}
    return dict(sorted(folders.items(), reverse=True))


def list_versions(base_path: Path) -> list[int]:
    """Numbers of the versions that hold a SavedModel, oldest first."""
    return sorted(
        number for number, folder in version_folders(base_path).items() if (folder / SAVED_MODEL).is_file()
    )


def latest_version(base_path: Path) -> int | None:
    """The highest number of `list_versions`, or None when there is none."""
    versions = list_versions(base_path)
    return versions[-1] if versions else None


def fingerprint(folder: Path) -> frozenset[tuple[str, int, int]]:
    """Name, bytes and modification time (ns) of every file below `folder`: changes as it is written."""
    files = [(path, path.stat()) for path in folder.rglob("*") if path.is_file()]
    return frozenset((str(path.relative_to(folder)), stat.st_size, stat.st_mtime_ns) for path, stat in files)


def _is_version(path: Path) -> bool:
    return path.name.isascii() and path.name.isdigit() and path.is_dir()
