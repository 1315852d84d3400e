"""Stores of objects, `s3://` and `gs://`: whether one can be reached, and in words what stands in the way.

Beam's clients read and write the objects, but try for minutes what cannot succeed (no credentials, an address
where nothing answers) and take a bucket that does not exist for an empty one. So a store is looked at
beforehand, once for every bucket. Where it is and who may enter is told by the environment alone.

The libraries are imported where a store is first needed: Beam takes a second, and comes after TensorFlow.
"""

import contextlib
import copy
import errno
import functools
import os
from collections.abc import Iterator
from typing import Any

from models.errors import UserError

Environment = frozenset[tuple[str, str]]


@contextlib.contextmanager
def reaching(path: str) -> Iterator[Any]:
    """The store that keeps a remote `path`: Beam's S3IO or GcsIO, alike in what is used here.

    What the block does with it either works or ends in one sentence.

    Raises:
        UserError: if the scheme is unknown or its library missing, no credentials are found, access is
            denied, the bucket does not exist, or its store does not answer.
        FileNotFoundError: if nothing is at `path`.
        OSError: of whatever else went wrong in the store.
    """
    store = _store(path)
    try:
        yield store
    except _errors_of_stores() as error:
        raise _told(path, error) from error


def put_empty(path: str) -> None:
    """Write an object of 0 bytes on `s3://`, which Beam's upload in parts cannot."""
    from apache_beam.io.aws.clients.s3.messages import S3ClientError
    from botocore.exceptions import ClientError

    _, _, bucket, key = path.split("/", 3)
    with reaching(path) as store:
        try:
            store.client.client.put_object(Bucket=bucket, Key=key, Body=b"")
        except ClientError as error:
            raise S3ClientError(str(error), error.response["ResponseMetadata"]["HTTPStatusCode"]) from error


def _store(path: str) -> Any:
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
    return _s3_store(path, bucket) if scheme == "s3" else _google_store(path)


def _errors_of_stores() -> tuple[type[Exception], ...]:
    from apache_beam.io.aws.clients.s3.messages import S3ClientError
    from google.api_core.exceptions import GoogleAPIError
    from google.auth.exceptions import GoogleAuthError
    from google.resumable_media import DataCorruption, InvalidResponse

    # The last two: of transfers in pieces, which the client of Google's store does not translate everywhere.
    return S3ClientError, GoogleAPIError, GoogleAuthError, DataCorruption, InvalidResponse


def _s3_store(path: str, bucket: str) -> Any:
    from apache_beam.io.aws import s3io

    if not s3io.BOTO3_INSTALLED:
        raise UserError(f"{path} is read with the package boto3, which is missing: pip install boto3.")
    from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError, PartialCredentialsError

    environment = _environment("AWS_")
    try:
        _find_bucket(bucket, environment)
    except (NoCredentialsError, PartialCredentialsError) as error:
        raise UserError(
            f"{path} needs credentials ({error}): set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY."
        ) from error
    except ClientError as error:
        address = _s3_client(environment).client.meta.endpoint_url
        raise UserError(
            f"{path} names the bucket {bucket}, which does not exist at {address}: make it, or correct the "
            "name or AWS_ENDPOINT_URL."
        ) from error
    except BotoCoreError as error:
        raise UserError(
            f"{path} cannot be reached ({error}): correct the name of the bucket or AWS_ENDPOINT_URL, or try "
            "again later."
        ) from error
    # A client keeps the place in the file that is read through it; what is slow to make, the copies share.
    return s3io.S3IO(client=copy.copy(_s3_client(environment)))


@functools.lru_cache
def _find_bucket(bucket: str, environment: Environment) -> None:
    """Raises a ClientError if there is no such bucket, and a BotoCoreError if that cannot be asked."""
    from botocore.exceptions import ClientError

    try:
        _s3_client(environment).client.list_objects_v2(Bucket=bucket, MaxKeys=1)
    except ClientError as error:
        # Of other answers the access itself will tell: a right to list may be limited to one folder.
        if error.response["Error"]["Code"] == "NoSuchBucket":
            raise


@functools.lru_cache
def _s3_client(environment: Environment) -> Any:
    from apache_beam.io.aws.clients.s3.boto3_client import Client

    return Client(options={})


def _google_store(path: str) -> Any:
    from google.auth.exceptions import DefaultCredentialsError

    try:
        return _google_client(_environment("GOOGLE_", "CLOUDSDK_"))
    except ImportError as error:
        raise UserError(
            f"{path} is read with the package google-cloud-storage, which is missing: pip install "
            "google-cloud-storage."
        ) from error
    except DefaultCredentialsError as error:
        raise _without_google_credentials(path, error) from error


@functools.lru_cache
def _google_client(environment: Environment) -> Any:
    import google.auth
    from apache_beam.io.gcp import gcsio

    google.auth.default()  # outside of Google's cloud it takes seconds to find that out; Beam would repeat it
    return gcsio.GcsIO(pipeline_options={})


def _environment(*prefixes: str) -> Environment:
    return frozenset((name, value) for name, value in os.environ.items() if name.startswith(prefixes))


def _without_google_credentials(path: str, error: Exception) -> UserError:
    reason = str(error).partition(". ")[0].rstrip(".")
    return UserError(
        f"{path} needs credentials ({reason}): run gcloud auth application-default login, or name the file "
        "of a service account's key in GOOGLE_APPLICATION_CREDENTIALS."
    )


def _told(path: str, error: Exception) -> Exception:
    """The error of a store as one that says what to do, or at least as an OSError."""
    from google.auth.exceptions import GoogleAuthError

    # Errors of transfers in pieces have neither: their response has the code, their arguments are the words.
    code = getattr(error, "code", None) or getattr(getattr(error, "response", None), "status_code", None)
    words = str(getattr(error, "message", " ".join(map(str, error.args))))
    reason = " ".join(words.split()).rstrip(".")
    if isinstance(error, GoogleAuthError):
        return _without_google_credentials(path, error)
    if code in (401, 403):
        return UserError(
            f"Access to {path} is denied ({reason}): give the credentials in use the rights to list, read "
            "and write there, or use others."
        )
    if "specified bucket does not exist" in reason:
        return UserError(f"{path} names a bucket that does not exist: make it, or correct the name.")
    if code == 404:
        return FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), path)
    return OSError(f"{path}: {reason}")
