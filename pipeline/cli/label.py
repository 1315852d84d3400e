"""`autoncf label`: which pushed versions are called stable and canary."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from models.errors import UserError
from pipeline.locations import MODEL_NAME, Locations


def label(
    root: Annotated[Path, typer.Option("--root", help="The folder of the deployment.")],
    stable: Annotated[
        int | None,
        typer.Option(
            "--stable", help="Version for most clients; left out: the one it is, or else the newest."
        ),
    ] = None,
    canary: Annotated[
        int | None, typer.Option("--canary", help="Version for those who try; left out: none.")
    ] = None,
    base_path: Annotated[
        Path | None,
        typer.Option(
            "--base-path",
            help="The pushed folder as the server sees it, in a container /models/recommender; "
            "left out: the one it is, or else ROOT/serving/recommender.",
        ),
    ] = None,
) -> None:
    """Give pushed versions the labels stable and canary, or show which have them.

    Writes ROOT/serving/models.config, which TensorFlow Serving (`--model_config_file`) and
    `autoncf serve --models-config` read again from time to time. Served are the versions with a label, and
    the one that was stable before, so that going back takes no time.
    """
    from serving.model_config import read_model_config

    locations = Locations(root)
    path = locations.models_config
    if stable is not None or canary is not None:
        _move(locations, stable, canary, base_path)
    elif base_path is not None:
        raise UserError("--base-path belongs to --stable and --canary: give one of them too")
    present = read_model_config(path, MODEL_NAME) if path.exists() else None
    console = Console(highlight=False)
    if present is None or not present.labels:
        console.print("No version has a label: give one with --stable VERSION.")
        return
    for name, version in sorted(present.labels.items()):
        console.print(f"{name}: version {version}")
    console.print(f"{path}: of {present.base_path}", markup=False, soft_wrap=True)


def _move(locations: Locations, stable: int | None, canary: int | None, base_path: Path | None) -> None:
    """Holds the versions meanwhile: none that is about to get a label may be removed."""
    import dataclasses

    from pipeline.labelling import relabel
    from pipeline.versions_lock import hold_versions
    from serving.model_config import ModelSource, read_model_config, write_model_config
    from serving.versions import list_versions

    path = locations.models_config
    with hold_versions(locations):
        present = read_model_config(path, MODEL_NAME) if path.exists() else None
        source = present or ModelSource(locations.serving.absolute())
        source = relabel(source, list_versions(locations.serving), stable, canary)
        if base_path is not None:
            source = dataclasses.replace(source, base_path=base_path)
        if source != present:
            write_model_config(path, MODEL_NAME, source)
