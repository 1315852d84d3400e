"""Fetching of a dataset: find it, convert it, count it, put it in place."""

import difflib
import shutil
from pathlib import Path

from models.errors import UserError
from pipeline.datasets.canonical import staged
from pipeline.datasets.catalog import CATALOG, Counts, DatasetSpec
from pipeline.datasets.conversion import convert, find_files, wanted
from pipeline.datasets.layout import Layout
from pipeline.datasets.progress import Progress, no_progress
from pipeline.datasets.remote import download_dataset
from pipeline.datasets.source_files import SourceFiles
from pipeline.datasets.summary import DatasetSummary, read_summary, write_summary


def fetch(
    name: str,
    out: Path,
    source: Path | None = None,
    force: bool = False,
    progress: Progress = no_progress,
) -> DatasetSummary:
    """Bring the dataset `name` into the canonical folder `out`; do nothing if it is there already.

    Args:
        name: one of `pipeline.datasets.NAMES`.
        out: the folder to write; it appears whole or not at all.
        source: a folder (or zip) that holds the publisher's files, instead of downloading them.
        force: fetch again and replace a folder that was fetched before. Other folders are never replaced.
        progress: told about downloads and conversion.

    Raises:
        UserError: if there is no such dataset, `out` holds something else, no source can be read, or the
            counts are not those of the dataset.
    """
    spec = _spec(name)
    out = Path(out).absolute()
    if (found := _already_there(name, out, force)) is not None:
        return found
    try:
        with staged(out) as folder:
            if source is not None:
                summary = _convert(name, spec, Path(source), str(source), folder, progress)
            else:
                downloads = folder / "downloads"
                downloads.mkdir()
                origin = download_dataset(name, spec, downloads, progress)
                summary = _convert(name, spec, downloads, origin, folder, progress)
                shutil.rmtree(downloads)
            write_summary(summary, folder)
    except OSError as error:
        raise UserError(
            f"Cannot fetch {name}: {error.filename or out}: {error.strerror or error}; check that the "
            "folders of --out and --from can be used, or choose others."
        ) from None
    return DatasetSummary(name, out, summary.source, summary.counts, summary.titles)


def _spec(name: str) -> DatasetSpec:
    if name in CATALOG:
        return CATALOG[name]
    close = difflib.get_close_matches(name.lower(), CATALOG, n=1)
    hint = f"; did you mean {close[0]}?" if close else "."
    raise UserError(f'There is no dataset "{name}", only {", ".join(CATALOG)}{hint}')


def _already_there(name: str, out: Path, force: bool) -> DatasetSummary | None:
    """The summary of `out` if it holds the dataset already; None if it may be written."""
    if not out.exists() or (out.is_dir() and not any(out.iterdir())):
        return None
    summary = read_summary(out)
    if summary is None:
        raise UserError(f"{out} exists and was not made by `data fetch`; choose another --out, or remove it.")
    if force:
        return None
    if summary.name != name:
        raise UserError(f"{out} holds {summary.name}; choose another --out, or replace it with --force.")
    if not any(out.glob("interactions.*")):
        raise UserError(f"{out} has lost its interactions; fetch them again with --force.")
    return summary


def _convert(
    name: str, spec: DatasetSpec, source: Path, origin: str, folder: Path, progress: Progress
) -> DatasetSummary:
    """Write the canonical files of what lies in `source` into `folder`, and check their counts."""
    files, layout = _find(name, spec, source)
    counts, titles = convert(files, layout, folder, spec.storage, progress, spec.counts.rows)
    _check_counts(name, counts, spec.counts, origin)
    return DatasetSummary(name, folder, origin, counts, titles)


def _find(name: str, spec: DatasetSpec, source: Path) -> tuple[SourceFiles, Layout]:
    """The files of the dataset in `source`, and how they are laid out."""
    if not source.exists():
        raise UserError(
            f"{source} does not exist; name the folder that holds the files of {name} with --from."
        )
    if (found := find_files(spec.layouts, source)) is not None:
        return found
    raise UserError(f"{source} does not hold {name}: it needs {wanted(spec.layouts, spec.files)}.")


def _check_counts(name: str, found: Counts, expected: Counts, origin: str) -> None:
    """Refuse anything but the whole dataset."""
    wrong = [
        f"{getattr(found, field):,} {field.replace('_', ' ')} instead of {getattr(expected, field):,}"
        for field in ("rows", "users", "items", "test_rows", "candidate_rows")
        if getattr(found, field) != getattr(expected, field)
    ]
    if wrong:
        raise UserError(f"{origin} is not the whole of {name}: {', '.join(wrong)}; get a fresh copy of it.")
