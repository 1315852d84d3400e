"""The champion of a deployment in an object store: its newest pushed version."""

from components import storage
from pipeline.champion import FORMAT_SERVING
from pipeline.kubeflow.remote_root import RemoteRoot
from serving.versions import SAVED_MODEL


def champion_model(root: RemoteRoot) -> str | None:
    """A folder that TFX takes for the Model artifact of the champion; None before the first push.

    Object stores have no links, so it holds a copy, made once per version; those of earlier ones go.
    """
    version = _latest_version(root.serving)
    if version is None:
        return None
    model = storage.join(root.champion, str(version))
    copy = storage.join(model, FORMAT_SERVING)
    if not storage.exists(storage.join(copy, SAVED_MODEL)):
        storage.copy_tree(storage.join(root.serving, str(version)), copy, last=SAVED_MODEL)
    for other in storage.subfolders(root.champion):
        if other != str(version):
            storage.remove_tree(storage.join(root.champion, other))
    return model


def _latest_version(serving: str) -> int | None:
    folders = [name for name in storage.subfolders(serving) if name.isascii() and name.isdigit()]
    for version in sorted(map(int, folders), reverse=True):
        if storage.exists(storage.join(serving, f"{version}/{SAVED_MODEL}")):
            return version
    return None
