"""A store of objects, and what stands in for a cluster beside it."""

from collections.abc import Mapping

import boto3
import pytest

from tests.object_store import object_store  # noqa: F401
from tests.pipeline.kubeflow.artifact_store import ArtifactStore


@pytest.fixture(scope="session")
def store_keys(object_store) -> Mapping[str, str]:  # noqa: F811
    """The environment in which the store is found."""
    return {
        "AWS_ENDPOINT_URL": object_store,
        "AWS_ACCESS_KEY_ID": "tester",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_DEFAULT_REGION": "us-east-1",
    }


@pytest.fixture(scope="session")
def artifact_store(store_keys) -> ArtifactStore:
    """Of all runs, with the bucket `bucket`; only what is told where it is finds it."""
    client = boto3.client(
        "s3",
        endpoint_url=store_keys["AWS_ENDPOINT_URL"],
        aws_access_key_id=store_keys["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=store_keys["AWS_SECRET_ACCESS_KEY"],
        region_name=store_keys["AWS_DEFAULT_REGION"],
    )
    client.create_bucket(Bucket="bucket")
    return ArtifactStore(client)
