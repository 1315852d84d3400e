"""Executor of the SpanValidator."""

from __future__ import annotations

from typing import Any

from tfx import types
from tfx.dsl.components.base import base_executor
from tfx.types import artifact_utils

from components.ingest.baselines import baselines
from components.ingest.checking import read_report
from components.validation.artifacts import load_statistics, read_schema, write_anomalies
from components.validation.report import sentences
from components.validation.span_drift import drift
from components.validation.span_rules import broken_rules
from models.errors import UserError

SPAN_STATISTICS_KEY = "span_statistics"
EXAMPLES_KEY = "examples"
SCHEMA_KEY = "schema"
ANOMALIES_KEY = "anomalies"
CODE_FINGERPRINT_KEY = "code_fingerprint"


class Executor(base_executor.BaseExecutor):
    """Validates every span that no run has accepted against its baseline."""

    def Do(
        self,
        input_dict: dict[str, list[types.Artifact]],
        output_dict: dict[str, list[types.Artifact]],
        exec_properties: dict[str, Any],
    ) -> None:
        """Writes the anomalies of every new span.

        Raises:
            UserError: if there is an anomaly, with a line for each.
        """
        self._log_startup(input_dict, output_dict, exec_properties)
        statistics = artifact_utils.get_single_instance(input_dict[SPAN_STATISTICS_KEY])
        report = read_report(artifact_utils.get_single_uri(input_dict[EXAMPLES_KEY]))
        schema = read_schema(input_dict[SCHEMA_KEY])
        anomalies = artifact_utils.get_single_instance(output_dict[ANOMALIES_KEY])

        named = {span.name: span for span in report.spans}
        pairs = [(named[new], named[measure]) for new, measure in baselines(report.spans).items()]
        anomalies.split_names = artifact_utils.encode_split_names([span.name for span, _ in pairs])
        found: list[str] = []
        for span, baseline in pairs:
            current, previous = (load_statistics(statistics, each.name) for each in (span, baseline))
            result = drift(current, previous, schema)
            result.dataset_anomaly_info.reason.extend(broken_rules(span, baseline, report.spans, schema))
            write_anomalies(anomalies, span.name, result)
            found += sentences(f"{span.name} (against {baseline.name})", result, current)
        if found:
            raise UserError(_refusal(found))


def _refusal(found: list[str]) -> str:
    lines = "\n".join(f"  {sentence}" for sentence in found)
    return (
        "New interactions differ too much from those before, so nothing was trained and the champion "
        f"stays:\n{lines}\n"
        "An Example is a user. Mend the span or move its folder away. If the change is real, accept it once: "
        "`autoncf run` by hand with `--set span_schema_file=any-spans`. To allow such changes every night, "
        "let span_schema_file name a copy of schemas/spans.pbtxt, or your own file, with that limit moved."
    )
