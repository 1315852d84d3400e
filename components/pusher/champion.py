"""Which version a challenger was compared with."""

from __future__ import annotations

import os
from pathlib import Path

from tfx.utils.path_constants import SERVING_MODEL_DIR

CHAMPION_FOLDER = "champion"
"""Below the root of a deployment: the champion as a Model artifact, `champion/<version>/Format-Serving`."""


def champion_version(baseline: str, base_directory: str) -> int | None:
    """The version that a baseline is a view of.

    Args:
        baseline: the Evaluator's baseline, a Model artifact. On a machine's own disk the view of the champion
            holds a link to the version, which leads nowhere once that is withdrawn; where there are no links
            it is a copy, and named by its folder.
        base_directory: folder of the versions.

    Returns:
        None if the baseline is another model than one of these versions.
    """
    model = Path(baseline, SERVING_MODEL_DIR)
    if model.is_symlink():
        version = Path(os.path.realpath(model))
        is_ours = version.parent == Path(os.path.realpath(base_directory))
    else:
        version = Path(baseline)
        is_ours = version.parent.name == CHAMPION_FOLDER
    return int(version.name) if is_ours and version.name.isdecimal() else None
