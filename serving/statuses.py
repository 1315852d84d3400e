"""What became of one version of a model."""

import dataclasses
import enum


class VersionState(enum.Enum):
    """The states of TensorFlow Serving's `ModelVersionStatus` that are used here; values are its names."""

    LOADING = "LOADING"
    AVAILABLE = "AVAILABLE"
    END = "END"


@dataclasses.dataclass(frozen=True)
class VersionStatus:
    """One version and its state.

    Attributes:
        version: number of the version folder.
        state: END without an error is a version that was replaced; with one, a version that was refused.
        error: why the version was refused, empty otherwise.
    """

    version: int
    state: VersionState
    error: str = ""
