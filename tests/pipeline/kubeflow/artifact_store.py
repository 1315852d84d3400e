"""What the launcher of Kubeflow Pipelines does with an object store: folders of a pod's disk for objects."""

from pathlib import Path
from typing import Any

S3 = "s3://"


def local_path(mounts: Path, uri: str) -> Path | None:
    """Where a pod with its disk at `mounts` has an object; None if the launcher does not know the scheme."""
    return mounts / "s3" / uri.removeprefix(S3) if uri.startswith(S3) else None


class ArtifactStore:
    """Objects of an S3 server.

    Args:
        client: of boto3.
    """

    def __init__(self, client: Any):
        self._client = client

    def download(self, uri: str, path: Path) -> None:
        """Copies the object `uri`, or all that lie below it, to `path`; nothing there is no error."""
        bucket, _, prefix = uri.removeprefix(S3).partition("/")
        for key in self.keys(uri):
            target = path / key.removeprefix(prefix).lstrip("/") if key != prefix else path
            target.parent.mkdir(parents=True, exist_ok=True)
            self._client.download_file(bucket, key, str(target))

    def upload(self, path: Path, uri: str) -> None:
        """Copies a file, or all files of a folder, to `uri`; empty folders are lost, nothing is no error."""
        bucket, _, prefix = uri.removeprefix(S3).partition("/")
        if path.is_file():
            self._client.upload_file(str(path), bucket, prefix)
        for file in sorted(file for file in path.rglob("*") if file.is_file()):
            self._client.upload_file(str(file), bucket, f"{prefix}/{file.relative_to(path)}")

    def keys(self, uri: str) -> list[str]:
        """Of the object `uri` and of all that lie below it, sorted."""
        bucket, _, prefix = uri.removeprefix(S3).partition("/")
        pages = self._client.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
        found = [entry["Key"] for page in pages for entry in page.get("Contents", [])]
        return sorted(key for key in found if key == prefix or key.startswith(f"{prefix}/"))

    def read(self, uri: str) -> str:
        """The text of an object; raises what boto3 raises if there is none."""
        bucket, _, key = uri.removeprefix(S3).partition("/")
        return self._client.get_object(Bucket=bucket, Key=key)["Body"].read().decode()
