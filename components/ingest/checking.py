"""Ingest without its Examples: what would be accepted, quarantined, refused."""

import tempfile

import apache_beam as beam
from apache_beam.runners.portability.fn_api_runner import FnApiRunner

from components import storage
from components.ingest import quarantine
from components.ingest.blocks import BLOCK_BYTES, plan_blocks
from components.ingest.clock import latest_timestamp
from components.ingest.outputs import REPORT_NAME
from components.ingest.report import IngestReport
from components.ingest.settings import IngestSettings
from components.ingest.source import find_files
from components.ingest.transform import Ingest


def check(
    data: str,
    settings: IngestSettings,
    domain: tuple[float, float],
    quarantine_dir: str | None = None,
    block_bytes: int = BLOCK_BYTES,
    now: float | None = None,
) -> IngestReport:
    """Read `data` by the rules of ingest, and count.

    Too many bad rows or an empty split do not raise: see `components.ingest.refusal.refusal`.

    Args:
        data: canonical folder.
        settings: of the run.
        domain: lowest and highest value allowed (`schemas.value_domain`).
        quarantine_dir: existing folder that gets the quarantine.tsv, if any row breaks a rule.
        block_bytes: size of the blocks; no result depends on it.
        now: seconds since 1970; by default those of this machine's clock.

    Raises:
        UserError: if a file is missing or cannot be read at all.
    """
    plan = plan_blocks(find_files(data, settings), settings, block_bytes)
    with tempfile.TemporaryDirectory(prefix="ingest-") as folder:
        with beam.Pipeline(runner=FnApiRunner()) as pipeline:
            ingest = Ingest(plan, settings, domain, latest_timestamp(now), folder, write_examples=False)
            ingest.add_to(pipeline)
        report = read_report(folder)
        if quarantine_dir and report.bad_rows:
            storage.copy_file(
                storage.join(folder, quarantine.FILE_NAME), storage.join(quarantine_dir, quarantine.FILE_NAME)
            )
    return report


def read_report(uri: str) -> IngestReport:
    """The report that ingest wrote into `uri`."""
    with storage.open_bytes(storage.join(uri, REPORT_NAME)) as content:
        return IngestReport.from_json(content.read().decode())
