"""What a fetched folder holds, kept in the folder itself as `dataset.json`."""

import dataclasses
import json
from pathlib import Path

from pipeline.datasets.catalog import Counts

FILE_NAME = "dataset.json"


@dataclasses.dataclass(frozen=True)
class DatasetSummary:
    """A fetched dataset.

    Attributes:
        name: its name in the catalogue.
        folder: the canonical folder.
        source: where it came from, for a person to read.
        counts: distinct users and items, and rows of each table, as found.
        titles: items that have a title; 0 where the source has none.
        already_there: whether the folder was complete before, so that nothing was done.
    """

    name: str
    folder: Path
    source: str
    counts: Counts
    titles: int
    already_there: bool = False


def write_summary(summary: DatasetSummary, folder: Path) -> None:
    """Write `dataset.json` into `folder`."""
    content = {
        "name": summary.name,
        "source": summary.source,
        "counts": dataclasses.asdict(summary.counts),
        "titles": summary.titles,
    }
    (folder / FILE_NAME).write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")


def read_summary(folder: Path) -> DatasetSummary | None:
    """The summary of a fetched `folder`, None if it is not one."""
    try:
        content = json.loads((folder / FILE_NAME).read_text(encoding="utf-8"))
        return DatasetSummary(
            name=content["name"],
            folder=folder,
            source=content["source"],
            counts=Counts(**content["counts"]),
            titles=content["titles"],
            already_there=True,
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None
