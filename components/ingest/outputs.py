"""What the Beam side writes: Examples, the report and the quarantine."""

from __future__ import annotations

import itertools
import operator
from collections.abc import Iterable, Iterator
from typing import Any

import apache_beam as beam

from components import storage
from components.ingest import quarantine
from components.ingest.blocks import Plan
from components.ingest.catalogue import Catalogue
from components.ingest.data_file import Role
from components.ingest.examples import record_batch
from components.ingest.heldout import SplitBucket
from components.ingest.reader import Rejected
from components.ingest.report import BadRow, IngestReport, SpanReport
from components.ingest.settings import IngestSettings
from components.ingest.splits import Split

REPORT_NAME = "report.json"

_FIRST_ROWS, _FIRST_ROWS_OF_SPAN = 10, 3
_NOT_ADDED_UP = {"first_timestamp": min, "last_timestamp": max, "test_from": max}


def combined(counts: Iterable[dict[str, int]]) -> dict[str, Any]:
    """Fields of the report out of those of its parts: counts are summed, of times an extreme is kept."""
    total: dict[str, int] = {}
    for each in counts:
        for name, value in each.items():
            combine = _NOT_ADDED_UP.get(name, operator.add)
            total[name] = combine(total[name], value) if name in total else value
    return total


class WriteExamples(beam.DoFn):
    """Writes one file per split for every bucket.

    Args:
        settings: of the run.
        has_timestamps: whether histories have them.
        uri: of the Examples.
        buckets: how many there are.
    """

    def __init__(self, settings: IngestSettings, has_timestamps: bool, uri: str, buckets: int) -> None:
        self._settings, self._has_timestamps = settings, has_timestamps
        self._uri, self._buckets = uri, buckets

    def process(self, keyed: tuple[int, SplitBucket], catalogue: Catalogue) -> Iterator[str]:
        """Write the Examples of one bucket, and yield the splits that got any."""
        # TensorFlow and TFX-BSL take seconds to import, and counting needs neither.
        from tfx_bsl.coders.example_coder import RecordBatchToExamplesEncoder

        from components.ingest.shards import write_shard

        bucket, users = keyed
        encoder = RecordBatchToExamplesEncoder()
        for split in Split:
            batch = record_batch(users, split, catalogue, self._settings, self._has_timestamps)
            if batch.num_rows:
                write_shard(self._uri, split.label, bucket, self._buckets, encoder.encode(batch))
                yield split.label


class WriteReport(beam.DoFn):
    """Writes the report and, if there are any rows for it, the quarantine into the folder it is given.

    Args:
        plan: of the run.
    """

    def __init__(self, plan: Plan) -> None:
        self._plan, self._blocks = plan, plan.blocks

    def process(
        self,
        uri: str,
        catalogue: Catalogue,
        counts: Iterable[dict[str, int]],
        spans: tuple[SpanReport, ...],
        rejected: dict[int, list[Rejected]],
        line_counts: dict[int, int],
    ) -> Iterator[IngestReport]:
        """Write both, and yield the report.

        Args:
            uri: the folder.
            catalogue: of all buckets.
            counts: fields of the report, to be combined.
            spans: those that were read, in order.
            rejected: by ordinal of the block.
            line_counts: by ordinal of the block.
        """
        total = combined([{"items": len(catalogue.item_ids)}, *counts])
        report = IngestReport(
            **total,
            contents=self._plan.contents,
            spans=tuple(self._with_bad_rows(span, rejected, line_counts) for span in spans),
            empty=self._plan.empty,
            waiting=self._plan.waiting,
            bad_rows=self._first(rejected, line_counts),
        )
        if rejected:
            rows = quarantine.locate(self._blocks, rejected, line_counts)
            quarantine.write(storage.join(uri, quarantine.FILE_NAME), rows)
        with storage.create_bytes(storage.join(uri, REPORT_NAME)) as output:
            output.write(report.to_json().encode())
        yield report

    def _first(self, rejected: dict[int, list[Rejected]], line_counts: dict[int, int]) -> tuple[BadRow, ...]:
        """The first rejected rows of the interactions, and the first of the candidates."""
        first: list[BadRow] = []
        for of_candidates in (False, True):
            some = {
                block.ordinal: rejected[block.ordinal]
                for block in self._blocks
                if block.ordinal in rejected and (block.file.role is Role.CANDIDATES) == of_candidates
            }
            first += itertools.islice(quarantine.locate(self._blocks, some, line_counts), _FIRST_ROWS)
        return tuple(first)

    def _with_bad_rows(
        self, span: SpanReport, rejected: dict[int, list[Rejected]], line_counts: dict[int, int]
    ) -> SpanReport:
        blocks = [block for block in self._blocks if block.file.span == span.number]
        rows = quarantine.locate(blocks, rejected, line_counts)
        return span.model_copy(update={"bad_rows": tuple(itertools.islice(rows, _FIRST_ROWS_OF_SPAN))})
