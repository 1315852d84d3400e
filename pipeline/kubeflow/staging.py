"""Local copies of artifacts, which Kubeflow's launcher keeps.

Before a container's command the launcher downloads every input artifact `s3://bucket/key` to
`/s3/bucket/key`, and after it uploads what it finds at the outputs' paths (likewise `/gcs/` for `gs://`; on
Vertex AI that folder is the bucket itself). TFX and TensorFlow are given these paths: TensorFlow has no file
system for s3:// any more.
"""

import os

MOUNT_ROOT = "AUTONCF_MOUNT_ROOT"
"""Environment variable: the folder with the launcher's folders, instead of `/`."""

_FOLDERS = {"s3://": "s3/", "gs://": "gcs/", "minio://": "minio/"}


def local_path(uri: str) -> str:
    """Where the launcher keeps an artifact; what is no address of an object store stays as it is."""
    root = os.environ.get(MOUNT_ROOT, "/")
    for scheme, folder in _FOLDERS.items():
        if uri.startswith(scheme):
            return os.path.join(root, folder + uri.removeprefix(scheme))
    return uri


def address(path: str) -> str:
    """The opposite of `local_path`."""
    root = os.environ.get(MOUNT_ROOT, "/")
    for scheme, folder in _FOLDERS.items():
        prefix = os.path.join(root, folder)
        if path.startswith(prefix):
            return scheme + path.removeprefix(prefix)
    return path
