"""Where the datasets of an experiment lie, and how they become matrices."""

import dataclasses
from pathlib import Path

from models.errors import UserError
from models.interactions import Interactions
from models.settings import Feedback
from pipeline.datasets.canonical import staged
from pipeline.datasets.catalog import CATALOG
from pipeline.datasets.conversion import convert, file_names, find_files, wanted
from pipeline.datasets.layout import HoldoutLayout, Layout, Storage
from pipeline.datasets.progress import no_progress
from pipeline.datasets.source_files import SourceFiles
from pipeline.datasets.summary import DatasetSummary, read_summary, write_summary
from pipeline.experiments.canonical_folder import read_ranking_data, read_ratings, table_file
from pipeline.experiments.data import RankingData

_TRAIN_SUFFIX = ".train.rating"


@dataclasses.dataclass(frozen=True)
class Ratings:
    """Explicit feedback before it is split.

    Attributes:
        name: of the dataset.
        interactions: all ratings.
    """

    name: str
    interactions: Interactions


def load(name: str, data_dir: Path, work_dir: Path) -> RankingData:
    """A dataset with one held-out item per user.

    It is looked for in this order: a folder `name` in `data_dir` as `autoncf data fetch` makes it; the
    publisher's files, in `data_dir` or in that folder, where the catalogue knows them; files in the DeepCF
    layout in the same places whose stem is `name` in upper or lower case. Their counts are not checked.

    Args:
        name: of the dataset.
        data_dir: the folder that the user names.
        work_dir: where a folder `name` is made of the publisher's files; one made before is used again as
            long as they are not newer.

    Raises:
        UserError: if the dataset is not there or not as it should be.
    """
    return read_ranking_data(name, _folder(name, data_dir, work_dir))


def load_ratings(name: str, data_dir: Path, work_dir: Path) -> Ratings:
    """A dataset of ratings; places, arguments and errors as for `load`."""
    return Ratings(name, read_ratings(_folder(name, data_dir, work_dir)))


def feedback_of(name: str, data_dir: Path) -> Feedback:
    """Explicit without held-out items: ratings, which experiments split themselves.

    Raises:
        UserError: if the dataset is not there.
    """
    place = _find(name, data_dir)
    if isinstance(place, _Published):
        return "implicit" if isinstance(place.layout, HoldoutLayout) else "explicit"
    return "implicit" if table_file(place, "test") else "explicit"


def is_there(name: str, data_dir: Path) -> bool:
    """Whether `load` or `load_ratings` would find the dataset."""
    return _look_for(name, data_dir) is not None


def found(data_dir: Path) -> list[str]:
    """The names of all datasets in `data_dir`, sorted."""
    folders = {file.name for file in data_dir.glob("*") if table_file(file, "interactions")}
    catalogued = {name for name in CATALOG if is_there(name, data_dir)}
    stems_of_catalogue = {
        layout.stem
        for spec in CATALOG.values()
        for layout in spec.layouts
        if isinstance(layout, HoldoutLayout)
    }
    stems = {stem for stem in _stems(data_dir) if is_there(stem, data_dir)} - stems_of_catalogue
    return sorted(folders | catalogued | stems)


@dataclasses.dataclass(frozen=True)
class _Published:
    """A dataset as its publisher gives it."""

    files: SourceFiles
    layout: Layout
    storage: Storage


def _folder(name: str, data_dir: Path, work_dir: Path) -> Path:
    """The dataset's canonical folder, made if there is none."""
    place = _find(name, data_dir)
    if not isinstance(place, _Published):
        return place
    folder = work_dir / name
    origin = str(place.files.path.resolve())
    try:
        if not _is_fresh(folder, origin, place):
            _refuse_foreign(folder)
            with staged(folder) as staging:
                counts, titles = convert(place.files, place.layout, staging, place.storage, no_progress)
                write_summary(DatasetSummary(name, folder, origin, counts, titles), staging)
    except OSError as error:
        raise UserError(
            f"Cannot convert {name} of {origin}: {error.filename or folder}: {error.strerror or error}; "
            "check that both folders can be used."
        ) from None
    return folder


def _refuse_foreign(folder: Path) -> None:
    """Keeps what is no converted dataset, such as the publisher's own files, from being replaced."""
    if folder.exists() and any(folder.iterdir()) and read_summary(folder) is None:
        raise UserError(
            f"{folder} exists and was not made by autoncf, but a converted dataset is to lie there: choose "
            "another folder for the results, or move this one."
        )


def _is_fresh(folder: Path, origin: str, published: _Published) -> bool:
    """Whether `folder` was made of these files as they are now."""
    summary, interactions = read_summary(folder), table_file(folder, "interactions")
    if summary is None or interactions is None or summary.source != origin:
        return False
    path = published.files.path
    sources = [path] if path.is_file() else [path / file for file in file_names(published.layout)]
    return max(file.stat().st_mtime_ns for file in sources) < interactions.stat().st_mtime_ns


def _find(name: str, data_dir: Path) -> Path | _Published:
    place = _look_for(name, data_dir)
    if place is not None:
        return place
    folder = data_dir / name
    if name in CATALOG:
        raise UserError(
            f"{data_dir} does not hold {name}: it needs a folder {name}/ with interactions.csv, or with "
            f"{wanted(_catalogued(name), CATALOG[name].files)}; get it with `autoncf data fetch {name} --out "
            f"{folder}`."
        )
    raise UserError(
        f'{data_dir} does not hold a dataset "{name}": it needs a folder {name}/ with interactions.csv, or '
        f"{', '.join(file_names(HoldoutLayout(name)))}; it holds {', '.join(found(data_dir)) or 'none'}."
    )


def _look_for(name: str, data_dir: Path) -> Path | _Published | None:
    """The canonical folder, else the publisher's files, None without either."""
    folder = data_dir / name
    if table_file(folder, "interactions"):
        return folder
    attempts: list[tuple[Path, list[Layout]]] = []
    if name in CATALOG:
        attempts += [(data_dir, _unmistakable(_catalogued(name))), (folder, _catalogued(name))]
    attempts += [(place, _of_that_stem(name, place)) for place in (data_dir, folder)]
    for source, layouts in attempts:
        if (files := find_files(layouts, source)) is not None:
            return _Published(*files, CATALOG[name].storage if name in CATALOG else "csv")
    return None


def _catalogued(name: str) -> list[Layout]:
    """The layouts of a dataset of the catalogue; an experiment needs no titles."""
    return [
        dataclasses.replace(layout, titles=None) if not isinstance(layout, HoldoutLayout) else layout
        for layout in CATALOG[name].layouts
    ]


def _unmistakable(layouts: list[Layout]) -> list[Layout]:
    """Without the place `.` where another dataset of the catalogue has files of the same names."""
    everyone = [file_names(layout) for name in CATALOG for layout in _catalogued(name)]
    return [
        dataclasses.replace(layout, places=tuple(place for place in layout.places if place != "."))
        if everyone.count(file_names(layout)) > 1
        else layout
        for layout in layouts
    ]


def _of_that_stem(name: str, folder: Path) -> list[Layout]:
    """The DeepCF layouts in `folder` that are called `name`, the one in the same letters first."""
    stems = [stem for stem in _stems(folder) if stem.lower() == name.lower()]
    return [HoldoutLayout(stem) for stem in sorted(stems, key=lambda stem: stem != name)]


def _stems(folder: Path) -> list[str]:
    files = [file for place in HoldoutLayout.places for file in (folder / place).glob(f"*{_TRAIN_SUFFIX}")]
    return sorted({file.name.removesuffix(_TRAIN_SUFFIX) for file in files})
