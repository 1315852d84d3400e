"""What stands in the way of remote files, in words."""

import http
import sys
import urllib.request

import pytest
import requests
from apache_beam.io import gcp
from apache_beam.io.aws import s3io
from google.api_core.exceptions import Forbidden, NotFound
from google.auth.compute_engine import _metadata
from google.resumable_media import DataCorruption, InvalidResponse

from components import storage, stores
from components.ingest import IngestSettings
from components.ingest.source import find_files
from models.errors import UserError

NEEDS_AWS = "needs credentials .*: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"

OPERATIONS = [
    storage.exists,
    storage.read_text,
    storage.checksum,
    storage.subfolders,
    storage.files_below,
    storage.file_sizes,
    storage.remove_tree,
    lambda path: storage.write_text(path, "text"),
    lambda path: storage.write_text(path, ""),
    lambda path: storage.copy_tree(path, "s3://elsewhere/b"),
    lambda path: find_files(path, IngestSettings(feedback="implicit")),
]
"""Each refuses a path in its own way unless it is told here."""


def assert_all_say(path, message):
    for operation in OPERATIONS:
        with pytest.raises(UserError, match=f"{path}.*{message}"):
            operation(path)


@pytest.fixture(autouse=True)
def no_machine_of_amazon(monkeypatch):
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nowhere")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nowhere")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("minio://store/data", "write s3:// and give the address of the store in AWS_ENDPOINT_URL"),
        ("s4://store/data", "begins with s4://, which is not read: use a local path, s3:// or gs://"),
        ("s3:///data", "names no bucket: write s3://BUCKET/FOLDER"),
        ("gs:///data", "names no bucket: write gs://BUCKET/FOLDER"),
    ],
)
def test_a_path_that_leads_nowhere(path, message):
    assert_all_say(path, message)


def test_a_bucket_that_does_not_exist(bucket, object_store):
    path = bucket + "-other/data"
    assert_all_say(path, f"does not exist at {object_store}: make it, or correct")


def test_no_credentials(bucket, monkeypatch):
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    assert_all_say(bucket + "/data", NEEDS_AWS)
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    assert_all_say(bucket + "/data", NEEDS_AWS)


def test_a_store_that_does_not_answer(bucket, monkeypatch):
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    assert_all_say(
        bucket + "/data", "cannot be reached .*127.0.0.1:1.*correct the name of the bucket or AWS_END"
    )


def test_access_that_is_denied(bucket, object_store):
    """Once the server has been told to check them, no credentials are good."""
    require_rights(object_store, after=0)
    try:
        assert_all_say(bucket + "/data", "is denied .*: give the credentials in use the rights to list, read")
    finally:
        require_rights(object_store, after="inf")


def require_rights(object_store, after):
    address, header = object_store + "/moto-api/reset-auth", {"Content-Type": "text/plain"}
    urllib.request.urlopen(urllib.request.Request(address, str(after).encode(), header)).close()


@pytest.mark.parametrize("package", ["boto3", "google-cloud-storage"])
def test_a_library_that_is_missing(package, monkeypatch):
    monkeypatch.setattr(s3io, "BOTO3_INSTALLED", False)
    monkeypatch.setitem(sys.modules, "apache_beam.io.gcp.gcsio", None)
    monkeypatch.delattr(gcp, "gcsio", raising=False)
    scheme = "s3" if package == "boto3" else "gs"
    assert_all_say(
        f"{scheme}://store/data", f"is read with the package {package}, which is missing: pip install"
    )


def test_no_credentials_of_google(monkeypatch, tmp_path):
    monkeypatch.setattr(_metadata, "_NO_GCE_CHECK", True)
    monkeypatch.setenv("CLOUDSDK_CONFIG", str(tmp_path))
    monkeypatch.delenv("GOOGLE_APPLICATION_CREDENTIALS", raising=False)
    assert_all_say(
        "gs://store/data", r"needs credentials \(Your default credentials were not found\): run gcloud"
    )
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", f"{tmp_path}/key.json")
    assert_all_say("gs://store/data", "needs credentials .File .*key.json was not found.*: run gcloud auth")


def response(status):
    answer = requests.Response()
    answer.status_code = status
    return answer


def refused(status):
    """What Google's transfers in pieces raise for a status."""
    words = "Request failed with status code", status, "Expected one of", http.HTTPStatus.OK
    return InvalidResponse(response(status), *words)


@pytest.mark.parametrize(
    ("error", "told", "message"),
    [
        (
            Forbidden("no list access"),
            UserError,
            r"Access to gs://store/data is denied \(no list access\): give",
        ),
        (NotFound("The specified bucket does not exist."), UserError, "names a bucket that does not exist"),
        (NotFound("No such object: store/data"), FileNotFoundError, "gs://store/data"),
        (refused(503), OSError, "^gs://store/data: Request failed with status code 503 Expected one of "),
        (
            refused(403),
            UserError,
            r"^Access to gs://store/data is denied \(Request failed with status code 403 Expected .*\): give",
        ),
        (refused(404), FileNotFoundError, "gs://store/data"),
        (
            DataCorruption(response(200), "Checksum mismatch while downloading:\n\n  the address\n"),
            OSError,
            "^gs://store/data: Checksum mismatch while downloading: the address$",
        ),
    ],
)
def test_what_google_answers(error, told, message, monkeypatch):
    monkeypatch.setattr(stores, "_store", lambda path: None)
    with pytest.raises(told, match=message), stores.reaching("gs://store/data"):
        raise error


def test_an_error_of_ours_stays_one(bucket):
    with pytest.raises(ZeroDivisionError), stores.reaching(bucket):
        raise ZeroDivisionError
