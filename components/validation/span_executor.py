"""Executor of the SpanValidator."""

from __future__ import annotations

from typing import Any

from tensorflow_metadata.proto.v0 import anomalies_pb2, schema_pb2
from tfx import types
from tfx.dsl.components.base import base_executor
from tfx.types import artifact_utils

from components.ingest.checking import read_report
from components.ingest.report import IngestReport
from components.validation.artifacts import load_statistics, read_schema, write_anomalies
from components.validation.report import sentences
from components.validation.span_drift import drift
from components.validation.span_rules import broken_rules, span_number
from models.errors import UserError

SPAN_STATISTICS_KEY = "span_statistics"
EXAMPLES_KEY = "examples"
SCHEMA_KEY = "schema"
ANOMALIES_KEY = "anomalies"


class Executor(base_executor.BaseExecutor):
    """Validates every span against the oldest one."""

    def Do(
        self,
        input_dict: dict[str, list[types.Artifact]],
        output_dict: dict[str, list[types.Artifact]],
        exec_properties: dict[str, Any],
    ) -> None:
        """Writes the anomalies of every span but the oldest.

        Raises:
            UserError: if there is an anomaly, with a line for each.
        """
        self._log_startup(input_dict, output_dict, exec_properties)
        statistics = artifact_utils.get_single_instance(input_dict[SPAN_STATISTICS_KEY])
        report = read_report(artifact_utils.get_single_uri(input_dict[EXAMPLES_KEY]))
        schema = read_schema(input_dict[SCHEMA_KEY])
        anomalies = artifact_utils.get_single_instance(output_dict[ANOMALIES_KEY])

        baseline, *newer = sorted(
            artifact_utils.decode_split_names(statistics.split_names), key=span_number
        ) or [""]
        anomalies.split_names = artifact_utils.encode_split_names(newer)
        found: list[str] = []
        for span in newer:
            result = _validate(statistics, schema, report, span, baseline)
            write_anomalies(anomalies, span, result)
            found += sentences(span, result, load_statistics(statistics, span))
        if found:
            raise UserError(_refusal(found, baseline))


def _validate(
    statistics: types.Artifact, schema: schema_pb2.Schema, report: IngestReport, span: str, baseline: str
) -> anomalies_pb2.Anomalies:
    """What statistics tell, and what they do not: the rows and their times."""
    result = drift(load_statistics(statistics, span), load_statistics(statistics, baseline), schema)
    result.dataset_anomaly_info.reason.extend(
        broken_rules(span, baseline, report.spans, schema.dataset_constraints.num_examples_drift_comparator)
    )
    return result


def _refusal(found: list[str], baseline: str) -> str:
    lines = "\n".join(f"  {sentence}" for sentence in found)
    return (
        f"New interactions differ too much from those of {baseline}, so nothing was trained and the champion "
        f"stays:\n{lines}\n"
        "An Example is a user. Mend the span or move its folder away; if the change is real, let "
        "span_schema_file name a copy of schemas/spans.pbtxt, or your own file, with that limit moved."
    )
