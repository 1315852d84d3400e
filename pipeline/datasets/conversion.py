"""From the publisher's files, wherever they lie, to the tables of a canonical folder."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from pipeline.datasets.catalog import Counts, RemoteFile
from pipeline.datasets.deepcf import convert_holdout
from pipeline.datasets.layout import HoldoutLayout, Layout, Storage
from pipeline.datasets.movielens import convert_ratings
from pipeline.datasets.progress import Progress
from pipeline.datasets.source_files import SourceFiles, locate


def find_files(layouts: Iterable[Layout], source: Path) -> tuple[SourceFiles, Layout] | None:
    """The files of the first of `layouts` that `source` (a folder or an archive) holds, None without any."""
    for layout in layouts:
        files = locate(source, file_names(layout), layout.places)
        if files is not None:
            return files, layout
    return None


def file_names(layout: Layout) -> tuple[str, ...]:
    """The bare names of all files of `layout`."""
    if isinstance(layout, HoldoutLayout):
        return layout.train, layout.test, layout.negatives
    return (layout.ratings,) if layout.titles is None else (layout.ratings, layout.titles)


def wanted(layouts: Sequence[Layout], files: Sequence[RemoteFile]) -> str:
    """What a person is to provide: the files of one of `layouts`, or an archive among `files`."""
    names = [", ".join(file_names(layout)) for layout in layouts]
    archives = [f"the archive {file.name}" for file in files if file.name.endswith(".zip")]
    return " or ".join(names + archives)


def convert(
    files: SourceFiles,
    layout: Layout,
    folder: Path,
    storage: Storage,
    progress: Progress,
    expected_rows: int | None = None,
) -> tuple[Counts, int]:
    """Write the tables of the canonical folder into `folder`; return what was counted, and the titles.

    Args:
        files: that hold all of `layout`.
        layout: of the files.
        folder: that exists.
        storage: what the interactions are written as.
        progress: told about rows.
        expected_rows: of the interactions, None if unknown; only for `progress`.

    Raises:
        UserError: if a file is not laid out as `layout` says.
    """
    if isinstance(layout, HoldoutLayout):
        return convert_holdout(files, layout, folder, storage, progress, expected_rows), 0
    return convert_ratings(files, layout, folder, storage, progress, expected_rows)
