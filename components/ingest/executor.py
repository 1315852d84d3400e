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

from components.ingest import quarantine, storage
from components.ingest.blocks import plan_blocks
from components.ingest.checking import copy, read_report
from components.ingest.refusal import refusal
from components.ingest.report import IngestReport
from components.ingest.settings import IngestSettings
from components.ingest.shards import remove_staging
from components.ingest.source import find_files
from components.ingest.splits import SPLIT_NAMES
from components.ingest.transform import Ingest
from models.errors import UserError

EXAMPLES_KEY = "examples"
DATA_KEY = "data"
SETTINGS_KEY = "settings"
SCHEMA_FILE_KEY = "schema_file"
DOMAIN_KEY = "domain"
DATA_FINGERPRINT_KEY = "data_fingerprint"
CODE_FINGERPRINT_KEY = "code_fingerprint"
QUARANTINE_DIR_KEY = "quarantine_dir"


class Executor(base_beam_executor.BaseBeamExecutor):
    """Reads interactions and writes one Example per user, split by split."""

    def Do(
        self,
        input_dict: dict[str, list[types.Artifact]],
        output_dict: dict[str, list[types.Artifact]],
        exec_properties: dict[str, Any],
    ) -> None:
        """Writes Split-train/, Split-eval/, Split-test/, report.json and, if any row is bad, quarantine.tsv.

        Raises:
            UserError: if a file cannot be read, too many rows break a rule, or a split stays empty.
        """
        self._log_startup(input_dict, output_dict, exec_properties)
        examples = artifact_utils.get_single_instance(output_dict[EXAMPLES_KEY])
        settings = IngestSettings.model_validate_json(exec_properties[SETTINGS_KEY])
        low, high = json.loads(exec_properties[DOMAIN_KEY])
        plan = plan_blocks(find_files(exec_properties[DATA_KEY], settings), settings)
        fileio.makedirs(examples.uri)
        with self._make_beam_pipeline() as pipeline:
            Ingest(plan, settings, (low, high), examples.uri).add_to(pipeline)
        remove_staging(examples.uri)
        report = read_report(examples.uri)
        logging.info("Ingest: %s", report.model_dump_json(exclude={"bad_rows"}))
        _refuse(report, settings, examples.uri, exec_properties.get(QUARANTINE_DIR_KEY))
        examples.split_names = artifact_utils.encode_split_names(list(SPLIT_NAMES))
        payload = example_gen_pb2.PayloadFormat.FORMAT_TF_EXAMPLE
        examples_utils.set_payload_format(examples, payload)
        examples_utils.set_file_format(examples, "tfrecords_gzip")


def _refuse(report: IngestReport, settings: IngestSettings, uri: str, folder: str | None) -> None:
    """Raise if the run is refused; TFX removes what a failed execution wrote, but for the quarantine."""
    if refusal(report, settings, quarantine="") is None:
        return
    kept = ""
    if report.bad_rows:
        folder = folder or tempfile.mkdtemp(prefix="quarantine-")
        fileio.makedirs(folder)
        kept = storage.join(folder, quarantine.FILE_NAME)
        copy(storage.join(uri, quarantine.FILE_NAME), kept)
    raise UserError(refusal(report, settings, kept))
