"""What may be given as an address or a name, checked before anything is sent."""

import re

from models.errors import UserError

_SCHEME = re.compile(r"(s3|gs)://")
_KEY = re.compile(r"([A-Za-z0-9._=+@,-]+/)*[A-Za-z0-9._=+@,-]*")
_BUCKET = re.compile(r"[a-z0-9][a-z0-9._-]{1,61}[a-z0-9]")
_NAME = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
_IMAGE = re.compile(r"[a-z0-9][A-Za-z0-9._:/@-]*")


def check_address(value: str, option: str) -> str:
    """A folder in an object store, without the slash at its end.

    Args:
        value: as the user gave it.
        option: what it was given as.

    Raises:
        UserError: if it is anything else: the pods of a cluster see no folder of this machine.
    """
    if value.startswith("minio://"):
        raise UserError(
            f"{option} {value}: is for Kubeflow's own use; write s3://{value.removeprefix('minio://')}, and "
            "give the pods the store's address as AWS_ENDPOINT_URL (kubeflow.secrets)."
        )
    if not _SCHEME.match(value):
        kind = "has a scheme that pods cannot read" if "://" in value else "is a folder of this machine"
        raise UserError(
            f"{option} {value}: {kind}; give a folder in an object store, s3://BUCKET/FOLDER or "
            "gs://BUCKET/FOLDER."
        )
    bucket = value.split("/")[2]
    if not _BUCKET.fullmatch(bucket):
        raise UserError(
            f"{option} {value}: {bucket!r} is no name of a bucket; it has 3 to 63 lower-case letters, "
            "digits, hyphens and dots."
        )
    folder = value.partition("://")[2].removeprefix(bucket).removeprefix("/")
    if not _KEY.fullmatch(folder):
        raise UserError(
            f"{option} {value}: Kubeflow would take {folder!r} apart; use letters, digits, - _ . = + @ and "
            "single slashes."
        )
    return value.rstrip("/")


def check_name(value: str) -> str:
    """A name that Kubeflow takes for a pipeline.

    Raises:
        UserError: if it does not.
    """
    if not _NAME.fullmatch(value):
        raise UserError(
            f"kubeflow.name {value!r}: Kubeflow refuses it; use up to 63 lower-case letters, digits and "
            "hyphens, beginning and ending with a letter or digit."
        )
    return value


def check_image(value: str | None) -> str:
    """The reference of an image.

    Raises:
        UserError: if it is missing or is none.
    """
    if value is None:
        raise UserError(
            "--image is missing: give the image that the Dockerfile makes, such as "
            "registry.example.com/autoncf:1.0, or set kubeflow.image."
        )
    if not _IMAGE.fullmatch(value):
        raise UserError(
            f"--image {value!r}: is no reference of an image; write it as registry.example.com/autoncf:1.0."
        )
    return value
