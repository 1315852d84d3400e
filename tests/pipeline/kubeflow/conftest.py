"""An S3 server, and what stands in for a cluster."""

import boto3
import pytest
from moto.server import ThreadedMotoServer

from tests.pipeline.kubeflow.artifact_store import ArtifactStore


@pytest.fixture(scope="module")
def artifact_store():
    server = ThreadedMotoServer(port=0)
    server.start()
    host, port = server.get_host_and_port()
    client = boto3.client(
        "s3",
        endpoint_url=f"http://{host}:{port}",
        aws_access_key_id="a",
        aws_secret_access_key="b",
        region_name="us-east-1",
    )
    client.create_bucket(Bucket="bucket")
    yield ArtifactStore(client)
    server.stop()
