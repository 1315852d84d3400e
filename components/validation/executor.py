"""Executor of the InteractionValidator."""

from __future__ import annotations

from typing import Any

import tensorflow_data_validation as tfdv
from tensorflow_metadata.proto.v0 import anomalies_pb2, schema_pb2, statistics_pb2
from tfx import types
from tfx.dsl.components.base import base_executor
from tfx.types import artifact_utils
from tfx.utils import io_utils

from components.validation.artifacts import load_statistics, read_schema, write_anomalies
from components.validation.report import sentences
from models.errors import UserError

STATISTICS_KEY = "statistics"
SCHEMA_KEY = "schema"
PREVIOUS_STATISTICS_KEY = "previous_statistics"
ANOMALIES_KEY = "anomalies"
ACCEPTED_KEY = "accepted"
CODE_FINGERPRINT_KEY = "code_fingerprint"

TRAIN = "train"


class Executor(base_executor.BaseExecutor):
    """Validates every split against the schema, and the train split against the previous statistics."""

    def Do(
        self,
        input_dict: dict[str, list[types.Artifact]],
        output_dict: dict[str, list[types.Artifact]],
        exec_properties: dict[str, Any],
    ) -> None:
        """Writes the anomalies of every split; publishes the statistics as accepted if there are none.

        Raises:
            UserError: if there is an anomaly, with a line for each.
        """
        self._log_startup(input_dict, output_dict, exec_properties)
        statistics = artifact_utils.get_single_instance(input_dict[STATISTICS_KEY])
        anomalies = artifact_utils.get_single_instance(output_dict[ANOMALIES_KEY])
        anomalies.split_names, anomalies.span = statistics.split_names, statistics.span
        schema = read_schema(input_dict[SCHEMA_KEY])
        previous = input_dict.get(PREVIOUS_STATISTICS_KEY) or []

        found: list[str] = []
        for split in artifact_utils.decode_split_names(statistics.split_names):
            current = load_statistics(statistics, split)
            drift_base = load_statistics(previous[0], TRAIN) if previous and split == TRAIN else None
            result = _validate(current, schema, split, drift_base)
            write_anomalies(anomalies, split, result)
            found += sentences(split, result, current)
        if found:
            raise UserError(_refusal(found))
        self._accept(statistics, artifact_utils.get_single_instance(output_dict[ACCEPTED_KEY]))

    def _accept(self, statistics: types.Artifact, accepted: types.Artifact) -> None:
        accepted.split_names, accepted.span = statistics.split_names, statistics.span
        io_utils.copy_dir(statistics.uri, accepted.uri)


def _validate(
    statistics: statistics_pb2.DatasetFeatureStatisticsList,
    schema: schema_pb2.Schema,
    split: str,
    previous: statistics_pb2.DatasetFeatureStatisticsList | None,
) -> anomalies_pb2.Anomalies:
    """Anomalies of one split; a schema with environments names them after the splits."""
    return tfdv.validate_statistics(
        statistics,
        schema,
        environment=split if split in schema.default_environment else None,
        previous_statistics=previous,
    )


def _refusal(found: list[str]) -> str:
    lines = "\n".join(f"  {sentence}" for sentence in found)
    return (
        f"The data breaks its schema, so nothing was trained:\n{lines}\n"
        "Mend the data, or change the rule in the schema if the data is as it should be."
    )
