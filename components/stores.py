"""Stores of objects, `s3://` and `gs://`: whether one can be reached, and in words what stands in the way.

Beam, through which the files are read and written, tries for minutes what cannot succeed (no credentials, an
address where nothing answers) and takes a bucket that does not exist for an empty one. So a store is looked
at beforehand, once for every bucket.
"""

import contextlib
import errno
import functools
import os
from collections.abc import Iterator
from typing import Any

import google.auth
from apache_beam.io.aws import s3io
from apache_beam.io.aws.clients.s3.messages import S3ClientError
from apache_beam.io.filesystem import BeamIOError
from apache_beam.io.filesystems import FileSystems
from apache_beam.options.pipeline_options import PipelineOptions
from apache_beam.options.value_provider import RuntimeValueProvider
from google.api_core.exceptions import GoogleAPIError
from google.auth.exceptions import DefaultCredentialsError, GoogleAuthError

from models.errors import UserError

_OF_STORES = (BeamIOError, S3ClientError, GoogleAPIError, GoogleAuthError)
_DENIED = {401, 403, "AccessDenied"}
_NO_BUCKET = "specified bucket does not exist"  # both stores say it so


@contextlib.contextmanager
def reaching(path: str) -> Iterator[None]:
    """What the block does with `path`, if it is remote, either works or ends in one sentence.

    Raises:
        UserError: if the scheme is unknown or its library missing, no credentials are found, access is
            denied, the bucket does not exist, or its store does not answer.
        FileNotFoundError: if nothing is at `path`.
        OSError: of whatever else went wrong in the store.
    """
    if "://" not in path:
        yield
        return
    _reach(path)
    try:
        yield
    except FileNotFoundError:
        raise
    except _OF_STORES as error:
        raise _told(path, error) from error


def put_empty(path: str) -> None:
    """Write an object of 0 bytes on `s3://`, which Beam's upload in parts cannot."""
    from botocore.exceptions import ClientError

    _, _, bucket, key = path.split("/", 3)
    try:
        _s3_client().put_object(Bucket=bucket, Key=key, Body=b"")
    except ClientError as error:
        raise S3ClientError(str(error), error.response["ResponseMetadata"]["HTTPStatusCode"]) from error


def _reach(path: str) -> None:
    scheme, _, rest = path.partition("://")
    if scheme == "minio":
        raise UserError(
            f"{path} begins with minio://, which is not read: write s3:// and give the address of the store "
            "in AWS_ENDPOINT_URL."
        )
    if scheme not in ("s3", "gs"):
        raise UserError(
            f"{path} begins with {scheme}://, which is not read: use a local path, s3:// or gs://."
        )
    bucket = rest.partition("/")[0]
    if not bucket:
        raise UserError(f"{path} names no bucket: write {scheme}://BUCKET/FOLDER.")
    _give_options()
    if scheme == "s3":
        _reach_s3(path, bucket)
    else:
        _reach_gs(path)


def _give_options() -> None:
    """Beam's S3 files need options, which are there only once some pipeline was made, or on a worker."""
    if FileSystems._pipeline_options is None and RuntimeValueProvider.runtime_options is None:
        FileSystems.set_options(PipelineOptions([]))


def _reach_s3(path: str, bucket: str) -> None:
    if not s3io.BOTO3_INSTALLED:
        raise UserError(f"{path} is read with the package boto3, which is missing: pip install boto3.")
    from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError, PartialCredentialsError

    try:
        _find_bucket(bucket, _environment("AWS_"))
    except (NoCredentialsError, PartialCredentialsError) as error:
        raise UserError(
            f"{path} needs credentials ({error}): set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY."
        ) from error
    except ClientError as error:
        raise UserError(
            f"{path} names the bucket {bucket}, which does not exist at {_s3_client().meta.endpoint_url}: "
            "make it, or correct the name or AWS_ENDPOINT_URL."
        ) from error
    except BotoCoreError as error:
        raise UserError(
            f"{path} cannot be reached ({error}): correct the name of the bucket or AWS_ENDPOINT_URL, or try "
            "again later."
        ) from error


@functools.lru_cache
def _find_bucket(bucket: str, environment: frozenset[tuple[str, str]]) -> None:
    """Raises a ClientError if there is no such bucket, and a BotoCoreError if that cannot be asked."""
    from botocore.exceptions import ClientError

    try:
        _s3_client().list_objects_v2(Bucket=bucket, MaxKeys=1)
    except ClientError as error:
        # Of other answers the access itself will tell: a right to list may be limited to one folder.
        if error.response["Error"]["Code"] == "NoSuchBucket":
            raise


def _s3_client() -> Any:
    options = FileSystems._pipeline_options or RuntimeValueProvider.runtime_options
    return s3io.S3IO(options=options).client.client


def _reach_gs(path: str) -> None:
    try:
        FileSystems.get_filesystem(path)
    except ValueError as error:
        raise UserError(
            f"{path} is read with the package google-cloud-storage, which is missing: pip install "
            "google-cloud-storage."
        ) from error
    try:
        _find_google_credentials(_environment("GOOGLE_", "CLOUDSDK_"))
    except DefaultCredentialsError as error:
        raise _without_google_credentials(path, error) from error


@functools.lru_cache
def _find_google_credentials(environment: frozenset[tuple[str, str]]) -> None:
    """Outside of Google's cloud this asks three times, three seconds each, whether it is inside."""
    google.auth.default()


def _environment(*prefixes: str) -> frozenset[tuple[str, str]]:
    return frozenset((name, value) for name, value in os.environ.items() if name.startswith(prefixes))


def _without_google_credentials(path: str, error: Exception) -> UserError:
    reason = str(error).partition(". ")[0]
    return UserError(
        f"{path} needs credentials ({reason}): run gcloud auth application-default login, or name the file "
        "of a service account's key in GOOGLE_APPLICATION_CREDENTIALS."
    )


def _told(path: str, error: Exception) -> Exception:
    """The error of a store as one that says what to do, or at least as an OSError."""
    causes = list(_causes(error))
    codes = {getattr(cause, "code", None) for cause in causes}
    reason = (getattr(causes[-1], "message", None) or str(causes[-1])).rstrip(".")
    if any(isinstance(cause, GoogleAuthError) for cause in causes):
        return _without_google_credentials(path, causes[-1])
    if codes & _DENIED:
        return UserError(
            f"Access to {path} is denied ({reason}): give the credentials in use the rights to list, read "
            "and write there, or use others."
        )
    if any(_NO_BUCKET in str(cause) for cause in causes):
        return UserError(f"{path} names a bucket that does not exist: make it, or correct the name.")
    if 404 in codes:
        return FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), path)
    return OSError(f"{path}: {reason}")


def _causes(error: Exception) -> Iterator[Exception]:
    """The error, and those that Beam collected in it."""
    yield error
    for cause in (getattr(error, "exception_details", None) or {}).values():
        if isinstance(cause, Exception):
            yield from _causes(cause)
