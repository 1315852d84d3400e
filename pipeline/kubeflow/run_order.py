"""What is asked of a run beyond what was compiled."""

import dataclasses
import json
from typing import Any

from pydantic import ValidationError

from models.errors import UserError
from models.presets import PRESETS
from models.structure import Structure
from pipeline.config_errors import sentences
from pipeline.kubeflow.addresses import check_address


@dataclasses.dataclass(frozen=True)
class RunOrder:
    """The pipeline's parameters; None takes what was compiled.

    Attributes:
        data: folder with the interactions.
        root: folder of the deployment.
        structure: name of a preset, or a structure as JSON.
        epochs: at most.

    Raises:
        UserError: if a folder is not in an object store, or the structure is none.
    """

    data: str | None = None
    root: str | None = None
    structure: str | None = None
    epochs: int | None = None

    def __post_init__(self) -> None:
        for option in ("data", "root"):
            if (value := getattr(self, option)) is not None:
                object.__setattr__(self, option, check_address(value, f"--{option}"))
        if self.structure is not None:
            _check_structure(self.structure)

    def runtime_config(self) -> dict[str, Any]:
        """As the server takes it."""
        given = {name: value for name, value in dataclasses.asdict(self).items() if value is not None}
        if self.root is None:
            return {"parameters": given}
        # As `pipeline.kubeflow.remote_root.RemoteRoot.artifacts`, which it takes seconds to import.
        return {"parameters": given, "pipeline_root": f"{self.root}/artifacts"}


def _check_structure(text: str) -> None:
    if text in list(PRESETS):
        return
    try:
        values = json.loads(text)
    except ValueError:
        raise UserError(
            f"--structure {text!r} is no preset; choose {', '.join(PRESETS)}, or give every slot as JSON."
        ) from None
    try:
        Structure.from_dict(values)
    except ValidationError as error:
        raise UserError("\n".join(f"--structure: {line}" for line in sentences(error, Structure))) from None
