"""The Beam side of ingest: read blocks, group by user once, split, write."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator
from typing import Any

import apache_beam as beam
import numpy as np

from components.ingest.blocks import Block, Plan
from components.ingest.catalogue import Catalogue
from components.ingest.cut_offs import Histogram, cut_offs
from components.ingest.data_file import Role, span_name
from components.ingest.grouping import Bucket, bucket_count, cut, join
from components.ingest.heldout import SplitBucket
from components.ingest.outputs import WriteExamples, WriteReport
from components.ingest.pieces import Piece, pack, unpack
from components.ingest.reader import ReadBlock, read_block
from components.ingest.report import SpanReport
from components.ingest.settings import IngestSettings
from components.ingest.span_examples import WriteSpanExamples
from components.ingest.splits import Split, assign

PIECES, REJECTED, LINE_COUNTS, COUNTS = "pieces", "rejected", "line_counts", "counts"
SPANS, BUCKETS, CATALOGUES = "spans", "buckets", "catalogues"


@dataclasses.dataclass(frozen=True)
class Ingest:
    """What a run of ingest is told.

    Attributes:
        plan: what to read.
        settings: of the run.
        domain: lowest and highest value allowed.
        uri: folder for the report, the quarantine and the Examples.
        write_examples: False to count only.
        span_uri: folder for the Examples of single spans.
        spans: numbers of those that get Examples of their own.
    """

    plan: Plan
    settings: IngestSettings
    domain: tuple[float, float]
    uri: str
    write_examples: bool = True
    span_uri: str = ""
    spans: tuple[int, ...] = ()

    def add_to(self, pipeline: beam.Pipeline) -> None:
        """Add every step to `pipeline`."""
        buckets = bucket_count(self.plan.total_bytes)
        read = (
            pipeline
            | "Blocks" >> beam.Create(list(self.plan.blocks))
            | "Read" >> beam.ParDo(_Read(self.settings, self.domain, buckets)).with_outputs()
        )
        grouped = read[PIECES] | "GroupByUser" >> beam.GroupByKey()
        joined = grouped | "Join" >> beam.MapTuple(_joined)
        splitter = _Split(self.settings, self.plan.has_timestamps)
        split = joined | "Split" >> beam.ParDo(splitter, self._times(joined)).with_outputs()
        catalogue = _merged(split[CATALOGUES], "Catalogue", Catalogue)
        _ = (
            pipeline
            | "Once" >> beam.Create([self.uri])
            | "WriteReport"
            >> beam.ParDo(
                WriteReport(self.plan),
                catalogue,
                beam.pvalue.AsIter((read[COUNTS], split[COUNTS]) | beam.Flatten()),
                beam.pvalue.AsIter(read[SPANS]),
                beam.pvalue.AsDict(read[REJECTED]),
                beam.pvalue.AsDict(read[LINE_COUNTS]),
            )
        )
        if self.write_examples:
            writer = WriteExamples(self.settings, self.plan.has_timestamps, self.uri, buckets)
            _ = split[BUCKETS] | "WriteExamples" >> beam.ParDo(writer, catalogue)
        if self.spans:
            of_spans = WriteSpanExamples(self.plan, self.spans, self.span_uri, buckets)
            _ = grouped | "WriteSpanExamples" >> beam.ParDo(of_spans)

    def _times(self, joined: beam.PCollection) -> Any:
        """Side input with the times of all pairs, which no strategy but the temporal one waits for."""
        if self.settings.split.strategy != "temporal":
            return None
        return _merged(joined | "Times" >> beam.MapTuple(_times_of), "AllTimes", Histogram)


def _merged(parts: beam.PCollection, label: str, kind: type[Catalogue] | type[Histogram]) -> Any:
    """Side input with everything in `parts` merged."""
    # Beam's own default for nothing to merge takes a step more.
    merged = parts | label >> beam.CombineGlobally(kind.merge).without_defaults()
    return beam.pvalue.AsSingleton(merged, default_value=kind.merge([]))


class _Read(beam.DoFn):
    """Block -> pieces of buckets, rejected rows, number of lines, counts, spans."""

    def __init__(self, settings: IngestSettings, domain: tuple[float, float], buckets: int) -> None:
        self._settings, self._domain, self._buckets = settings, domain, buckets

    def process(self, block: Block) -> Iterator[Any]:
        read = read_block(block, self._settings, self._domain)
        for bucket, table in cut(read.table, self._buckets):
            yield beam.pvalue.TaggedOutput(PIECES, (bucket, pack(block, table)))
        yield beam.pvalue.TaggedOutput(LINE_COUNTS, (block.ordinal, read.line_count))
        if read.rejected:
            yield beam.pvalue.TaggedOutput(REJECTED, (block.ordinal, read.rejected))
        yield beam.pvalue.TaggedOutput(COUNTS, _row_counts(block, read))
        if block.file.span is not None:
            yield beam.pvalue.TaggedOutput(SPANS, (block.file.span, _span_report(block, read)))


def _joined(number: int, pieces: Iterable[Piece]) -> tuple[int, Bucket]:
    """The pieces of one bucket -> the bucket."""
    return number, join(map(unpack, pieces))


def _times_of(_: int, bucket: Bucket) -> Histogram:
    """Bucket -> when its pairs of user and item are for the first time."""
    return Histogram.of(bucket.interactions.timestamp)


class _Split(beam.DoFn):
    """Bucket -> its users with their interactions by split, its items, counts."""

    def __init__(self, settings: IngestSettings, has_timestamps: bool) -> None:
        self._settings, self._has_timestamps = settings, has_timestamps

    def process(self, keyed: tuple[int, Bucket], times: Histogram | None) -> Iterator[Any]:
        number, bucket = keyed
        cuts = cut_offs(times, self._settings.split) if times else None
        split = SplitBucket(bucket, assign(bucket, self._settings, self._has_timestamps, cuts))
        yield beam.pvalue.TaggedOutput(BUCKETS, (number, split))
        yield beam.pvalue.TaggedOutput(CATALOGUES, split.catalogue())
        yield beam.pvalue.TaggedOutput(COUNTS, _user_counts(split))


def _row_counts(block: Block, read: ReadBlock) -> dict[str, int]:
    rows, bad = read.table.num_rows + len(read.rejected), len(read.rejected)
    if block.file.role is Role.CANDIDATES:
        return {"candidates_read": rows, "candidates_quarantined": bad}
    return {"rows_read": rows, "quarantined": bad} | _first_and_last(block, read)


def _span_report(block: Block, read: ReadBlock) -> SpanReport:
    assert block.file.span is not None
    return SpanReport(
        name=span_name(block.file.span),
        rows=read.table.num_rows,
        quarantined=len(read.rejected),
        **_first_and_last(block, read),
    )


def _first_and_last(block: Block, read: ReadBlock) -> dict[str, int]:
    """Times of the oldest and the newest accepted row, where there are any."""
    if "timestamp" not in block.layout.positions or not read.table.num_rows:
        return {}
    times = read.table.column("timestamp").to_numpy()
    return {"first_timestamp": int(times.min()), "last_timestamp": int(times.max())}


def _user_counts(split_bucket: SplitBucket) -> dict[str, int]:
    bucket = split_bucket.bucket
    interactions = len(bucket.interactions) + len(bucket.test)
    counts = {
        "accepted": interactions + bucket.in_test,
        "interactions": interactions,
        "duplicates": bucket.duplicates,
        "in_test": bucket.in_test,
        "candidates_unused": int((~np.isin(bucket.candidates.user, bucket.test.user)).sum()),
        "users": len(np.union1d(bucket.interactions.user, bucket.test.user)),
    }
    for split in Split:
        counts[f"{split.label}_interactions"] = len(split_bucket.held_out(split))
        counts[f"{split.label}_examples"] = len(split_bucket.users(split))
    return counts
