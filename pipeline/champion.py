"""The champion: the version that servers serve, laid out as TFX wants a model to be."""

from pathlib import Path

from pipeline.locations import Locations
from serving.versions import latest_version

FORMAT_SERVING = "Format-Serving"
"""Where TFX looks for the SavedModel in a Model artifact."""


def champion_model(locations: Locations) -> Path | None:
    """A folder that TFX takes for the Model artifact of the champion; None before the first push.

    It holds a link to the pushed version. So what a challenger is compared with is what servers serve, also
    after a rollback, and after the metadata store was lost.
    """
    version = latest_version(locations.serving)
    if version is None:
        return None
    model = locations.champion / str(version)
    model.mkdir(parents=True, exist_ok=True)
    link = model / FORMAT_SERVING
    target = (locations.serving / str(version)).resolve()
    if not link.is_symlink() or link.readlink() != target:
        link.unlink(missing_ok=True)
        link.symlink_to(target)
    return model
