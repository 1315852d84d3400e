"""What a config has to say before it can be compiled, checked before the seconds that TFX takes to load."""

import dataclasses
from pathlib import Path

from models.errors import UserError
from pipeline.config import Config
from pipeline.kubeflow.addresses import check_address, check_image, check_name


@dataclasses.dataclass(frozen=True)
class Needs:
    """What a cluster needs to know.

    Attributes:
        name: of the pipeline.
        image: of all containers.
        root: folder of the deployment, in an object store.
        data: folder with the interactions, likewise.
    """

    name: str
    image: str
    root: str
    data: str


def read_needs(config: Config, data: str | None) -> Needs:
    """Takes them from a config.

    Args:
        config: with `kubeflow.image` and `kubeflow.root`.
        data: None takes the folder of the config.

    Raises:
        UserError: if something is missing or wrong.
    """
    settings = config.kubeflow
    name, image = check_name(settings.name), check_image(settings.image)
    if settings.root is None:
        raise UserError(
            "--root is missing: give the folder of the deployment in an object store, such as "
            "s3://BUCKET/FOLDER, or set kubeflow.root."
        )
    folder = data or config.given.get("folder")
    if folder is None:
        raise UserError(
            "--data is missing: this config names no folder; give the one with your interactions, such as "
            "s3://BUCKET/FOLDER."
        )
    root = check_address(settings.root, "--root (kubeflow.root)")
    return Needs(name, image, root, check_address(str(folder), "--data" if data else "--data (folder)"))


def check_output(output: Path) -> None:
    """Takes the name of a file that Kubeflow reads.

    Raises:
        UserError: if it ends otherwise.
    """
    if output.suffix not in (".yaml", ".yml"):
        raise UserError(f"-o {output}: Kubeflow reads YAML; name the file {output.with_suffix('.yaml')}.")
