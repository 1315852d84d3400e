"""`autoncf rollback`: which versions there are, and back to one of them."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

from models.errors import UserError

if TYPE_CHECKING:
    from pipeline.locations import Locations
    from serving.model_info import ModelInfo


def rollback(
    root: Annotated[Path, typer.Option("--root", help="The folder of the deployment.")],
    to: Annotated[
        int | None,
        typer.Option("--to", help="Version to serve; a withdrawn one comes back. Left out: show them all."),
    ] = None,
) -> None:
    """Serve an older version again, or show which versions there are.

    Newer versions are withdrawn: servers let go of them, their models are never pushed again, and the next
    run compares its model with the version that is served now. They can be brought back until retention
    removes them. A run may go on meanwhile; it does not push a model that it compared with another one.
    """
    from pipeline.locations import Locations

    console = Console(highlight=False)
    if to is None:
        _show_versions(Locations(root), console)
    else:
        _roll_back(Locations(root), to, console)


def _roll_back(locations: "Locations", version: int, console: Console) -> None:
    from pipeline.rollback import Step, roll_back

    rollback = roll_back(locations, version)
    if rollback.step is Step.NAMED:
        _say(
            console,
            f"{locations.models_config} names version {version} now, so that servers load it. Repeat this "
            "command once they have: then the label stable moves to it.",
        )
    elif rollback.step is Step.LABELLED:
        _say(
            console,
            f"Version {version} is what {locations.models_config} gives clients now. Repeat this command "
            "once servers have taken that up: then newer versions are withdrawn, and the next run compares "
            f"its model with version {version}.",
        )
    elif rollback.champion_before == version and not rollback.withdrawn:
        _say(console, f"Version {version} is the champion already; nothing was changed.")
    else:
        _say(
            console,
            f"Version {version} is the champion: servers take it up by themselves, and the next run compares "
            "its model with it.",
        )
        if rollback.withdrawn:
            withdrawn = ", ".join(map(str, rollback.withdrawn))
            back = (
                f"; `autoncf rollback --to {rollback.returnable[-1]}` brings one back"
                if rollback.returnable
                else ""
            )
            _say(console, f"Withdrawn: {withdrawn}. No run pushes these models again{back}.")


def _say(console: Console, sentence: str) -> None:
    console.print(sentence, markup=False, soft_wrap=True)


def _show_versions(locations: "Locations", console: Console) -> None:
    from components.pusher.layout import WITHDRAWN_FOLDER
    from components.pusher.withdrawal import list_withdrawn
    from serving.versions import list_versions

    base = locations.serving
    folders = {version: base / str(version) for version in list_versions(base)}
    withdrawn = {version: base / WITHDRAWN_FOLDER / str(version) for version in list_withdrawn(base)}
    if not folders and not withdrawn:
        raise UserError(
            f"--root {locations.root}: no version has been pushed; train and push one with `autoncf run`."
        )
    notes = {version: ["withdrawn"] for version in withdrawn}
    if folders:
        notes[max(folders)] = ["champion"]
    for label, version in _labels(locations).items():
        notes.setdefault(version, []).append(label)
    infos = {version: _model_info(folder) for version, folder in sorted({**folders, **withdrawn}.items())}
    console.print(_versions_table(infos, notes))


def _labels(locations: "Locations") -> dict[str, int]:
    from pipeline.locations import MODEL_NAME
    from serving.model_config import read_model_config

    path = locations.models_config
    return read_model_config(path, MODEL_NAME).labels if path.exists() else {}


def _model_info(folder: Path) -> "ModelInfo | None":
    from serving.model_info import read_model_info

    try:
        return read_model_info(folder)
    except ValueError:  # damaged; the version is listed without figures
        return None


def _versions_table(infos: "dict[int, ModelInfo | None]", notes: dict[int, list[str]]) -> Table:
    tested = {version: info.metrics.get("test", {}) for version, info in infos.items() if info}
    names = sorted({name for metrics in tested.values() for name in metrics})
    table = Table(title="versions", title_justify="left")
    for column in ("version", "trained", *names, ""):
        table.add_column(column, justify="right" if column in names else "left")
    for version, info in infos.items():
        metrics = tested.get(version, {})
        table.add_row(
            str(version),
            info.trained_at[:16].replace("T", " ") if info else "",
            *(f"{metrics[name]:.4f}" if name in metrics else "" for name in names),
            ", ".join(notes.get(version, [])),
        )
    return table
