"""The champion of a deployment in an object store: its newest pushed version."""

from components import storage
from components.pusher.versions import newest_version, version_numbers
from pipeline.champion import FORMAT_SERVING
from pipeline.kubeflow.remote_root import RemoteRoot
from serving.versions import SAVED_MODEL

_KEPT_COPIES = 3


def champion_model(root: RemoteRoot) -> str | None:
    """A folder that TFX takes for the Model artifact of the champion; None before the first push.

    Object stores have no links, so it holds a copy, made once per version. Two others stay, the newest: a run
    that is still on its way, or is tried again from the task that failed, was told of one of them.
    """
    version = newest_version(root.serving)
    if version is None:
        return None
    model = storage.join(root.champion, str(version))
    copy = storage.join(model, FORMAT_SERVING)
    if not storage.exists(storage.join(copy, SAVED_MODEL)):
        storage.copy_tree(storage.join(root.serving, str(version)), copy, last=SAVED_MODEL)
    others = [other for other in version_numbers(root.champion) if other != version]
    for other in others[_KEPT_COPIES - 1 :]:
        storage.remove_tree(storage.join(root.champion, str(other)), first=f"{FORMAT_SERVING}/{SAVED_MODEL}")
    return model
