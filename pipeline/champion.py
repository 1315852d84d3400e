"""The champion: the version that servers serve, laid out as TFX wants a model to be."""

import os
from pathlib import Path

from components.pusher.layout import remove_folder
from pipeline.locations import Locations
from serving.versions import latest_version

FORMAT_SERVING = "Format-Serving"
"""Where TFX looks for the SavedModel in a Model artifact."""


def champion_model(locations: Locations) -> Path | None:
    """A folder that TFX takes for the Model artifact of the champion; None before the first push.

    It holds a link to the pushed version. So what a challenger is compared with is what servers serve, also
    after a rollback, and after the metadata store was lost. It is made anew every time: the root may be a
    copy, whose links lead to another root or have become folders.
    """
    version = latest_version(locations.serving)
    if version is None:
        return None
    model = locations.champion / str(version)
    if os.path.lexists(model):
        remove_folder(model)
    model.mkdir(parents=True)
    (model / FORMAT_SERVING).symlink_to(locations.serving.resolve() / str(version))
    return model
