"""A store of objects on this machine: an S3 server, and a bucket of its own for every test that wants one."""

import uuid
from collections.abc import Iterator

import pytest


@pytest.fixture(scope="session")
def object_store() -> Iterator[str]:
    """Address of the server, which runs as long as the tests do."""
    from moto.server import ThreadedMotoServer  # seconds, which most tests need not wait

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def bucket(object_store: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """`s3://…` of a new, empty bucket; this process and those that it starts find it by the environment."""
    import boto3

    monkeypatch.setenv("AWS_ENDPOINT_URL", object_store)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "tester")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    name = f"bucket-{uuid.uuid4().hex}"
    boto3.client("s3").create_bucket(Bucket=name)
    return f"s3://{name}"
