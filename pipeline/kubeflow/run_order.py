"""What is asked of a run beyond what was compiled."""

import dataclasses
from typing import Any

from models.errors import UserError
from pipeline.config import check_structure
from pipeline.kubeflow.addresses import check_address
from pipeline.kubeflow.remote_root import RemoteRoot
from pipeline.kubeflow.run_config import read_structure


@dataclasses.dataclass(frozen=True)
class RunOrder:
    """The pipeline's parameters; None takes what was compiled.

    Attributes:
        data: folder with the interactions.
        root: folder of the deployment.
        structure: name of a preset, or what a config may have as `structure`, as JSON.
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

    def runtime_config(self, compiled_root: str) -> dict[str, Any]:
        """As the server takes it.

        Args:
            compiled_root: where the run is if the order names no other root.
        """
        given = {name: value for name, value in dataclasses.asdict(self).items() if value is not None}
        # The pipeline has a default of it, but the server would look for another in its own settings.
        return {"parameters": given, "pipeline_root": RemoteRoot(self.root or compiled_root).artifacts}


def _check_structure(text: str) -> None:
    try:
        check_structure(read_structure(text))
    except UserError as error:
        raise UserError("\n".join(f"--{line}" for line in str(error).splitlines())) from None
