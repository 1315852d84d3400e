"""Executor of the InteractionExampleGen."""

from __future__ import annotations

import json
import tempfile
from typing import Any

from absl import logging
from tfx import types
from tfx.components.util import examples_utils
from tfx.dsl.components.base import base_beam_executor
from tfx.dsl.io import fileio
from tfx.proto import example_gen_pb2
from tfx.types import artifact_utils

from components import storage
from components.ingest import quarantine
from components.ingest.baselines import to_compare
from components.ingest.blocks import plan_blocks
from components.ingest.checking import read_report
from components.ingest.clock import latest_timestamp
from components.ingest.data_file import span_name
from components.ingest.refusal import refusal
from components.ingest.report import IngestReport
from components.ingest.settings import IngestSettings
from components.ingest.shards import remove_staging, write_shard
from components.ingest.source import find_files
from components.ingest.splits import SPLIT_NAMES
from components.ingest.transform import Ingest
from models.errors import UserError

EXAMPLES_KEY = "examples"
SPAN_EXAMPLES_KEY = "span_examples"
DATA_KEY = "data"
SETTINGS_KEY = "settings"
DOMAIN_KEY = "domain"
DATA_FINGERPRINT_KEY = "data_fingerprint"
CODE_FINGERPRINT_KEY = "code_fingerprint"
QUARANTINE_DIR_KEY = "quarantine_dir"
ACCEPTED_CONTENTS_KEY = "accepted_contents"
TEST_NOT_BEFORE_KEY = "test_not_before"


class Executor(base_beam_executor.BaseBeamExecutor):
    """Reads interactions and writes one Example per user, split by split."""

    def Do(
        self,
        input_dict: dict[str, list[types.Artifact]],
        output_dict: dict[str, list[types.Artifact]],
        exec_properties: dict[str, Any],
    ) -> None:
        """Writes Split-train/, Split-eval/, Split-test/, report.json and, if any row is bad, quarantine.tsv;
        and beside them, as Examples of their own, Split-span-N/ of the spans to compare.

        Raises:
            UserError: if a file cannot be read, too many rows break a rule, or a split stays empty.
        """
        self._log_startup(input_dict, output_dict, exec_properties)
        examples = artifact_utils.get_single_instance(output_dict[EXAMPLES_KEY])
        span_examples = artifact_utils.get_single_instance(output_dict[SPAN_EXAMPLES_KEY])
        settings = IngestSettings.model_validate_json(exec_properties[SETTINGS_KEY])
        low, high = json.loads(exec_properties[DOMAIN_KEY])
        plan = plan_blocks(find_files(exec_properties[DATA_KEY], settings), settings)
        test_not_before = json.loads(exec_properties[TEST_NOT_BEFORE_KEY])
        fileio.makedirs(examples.uri)
        ingest = Ingest(
            plan,
            settings,
            (low, high),
            latest_timestamp(),
            examples.uri,
            span_uri=span_examples.uri,
            accepted_contents=frozenset(json.loads(exec_properties[ACCEPTED_CONTENTS_KEY])),
            test_not_before=test_not_before,
        )
        with self._make_beam_pipeline() as pipeline:
            ingest.add_to(pipeline)
        report = read_report(examples.uri)
        logging.info("Ingest: %s", report.model_dump_json(exclude={"bad_rows"}))
        quarantine_dir = exec_properties.get(QUARANTINE_DIR_KEY)
        _refuse(report, settings, test_not_before, examples.uri, quarantine_dir)
        _describe(examples, list(SPLIT_NAMES))
        _describe(span_examples, list(to_compare(report.spans)) or [_no_span(span_examples.uri)])


def _describe(examples: types.Artifact, splits: list[str]) -> None:
    """Complete an artifact whose files are written."""
    remove_staging(examples.uri)
    examples.split_names = artifact_utils.encode_split_names(splits)
    examples_utils.set_payload_format(examples, example_gen_pb2.PayloadFormat.FORMAT_TF_EXAMPLE)
    examples_utils.set_file_format(examples, "tfrecords_gzip")


def _no_span(uri: str) -> str:
    """Write a split without Examples: StatisticsGen refuses an artifact without splits."""
    write_shard(uri, span_name(0), 0, 1, [])
    return span_name(0)


def _refuse(
    report: IngestReport, settings: IngestSettings, test_not_before: int | None, uri: str, folder: str | None
) -> None:
    """Raise if the run is refused; TFX removes what a failed execution wrote, but for the quarantine."""
    if refusal(report, settings, "", test_not_before) is None:
        return
    kept = ""
    if report.bad_rows:
        folder = folder or tempfile.mkdtemp(prefix="quarantine-")
        kept = storage.join(folder, quarantine.FILE_NAME)
        storage.copy_file(storage.join(uri, quarantine.FILE_NAME), kept)
    raise UserError(refusal(report, settings, kept, test_not_before))
