"""What validation reads of artifacts and writes into them."""

from __future__ import annotations

import os

from tensorflow_metadata.proto.v0 import anomalies_pb2, schema_pb2, statistics_pb2
from tfx import types
from tfx.components.example_validator.executor import DEFAULT_FILE_NAME
from tfx.components.statistics_gen import stats_artifact_utils
from tfx.types import artifact_utils
from tfx.utils import io_utils, writer_utils


def load_statistics(statistics: types.Artifact, split: str) -> statistics_pb2.DatasetFeatureStatisticsList:
    """Statistics of one split of an ExampleStatistics."""
    return stats_artifact_utils.load_statistics(statistics, split).proto()


def read_schema(schemas: list[types.Artifact]) -> schema_pb2.Schema:
    """The schema in the single file of a single Schema."""
    return io_utils.SchemaReader().read(io_utils.get_only_uri_in_dir(artifact_utils.get_single_uri(schemas)))


def write_anomalies(anomalies: types.Artifact, split: str, found: anomalies_pb2.Anomalies) -> None:
    """Writes what was found in one split into an ExampleAnomalies, where the stock validator would."""
    split_uri = artifact_utils.get_split_uri([anomalies], split)
    writer_utils.write_anomalies(os.path.join(split_uri, DEFAULT_FILE_NAME), found)
