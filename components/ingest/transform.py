"""The Beam side of ingest: read blocks, group by user once, split, write."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import apache_beam as beam

from components.ingest.blocks import Block, Plan
from components.ingest.catalogue import Catalogue
from components.ingest.counts import row_counts, span_report, user_counts
from components.ingest.cut_offs import Histogram, cut_offs
from components.ingest.grouping import Bucket, bucket_count, cut, join
from components.ingest.heldout import SplitBucket
from components.ingest.outputs import WriteExamples, WriteReport
from components.ingest.pieces import Piece, pack, unpack
from components.ingest.reader import read_block
from components.ingest.report import merged_spans
from components.ingest.settings import IngestSettings
from components.ingest.span_examples import WriteSpanExamples
from components.ingest.splits import assign

PIECES, REJECTED, LINE_COUNTS, COUNTS = "pieces", "rejected", "line_counts", "counts"
SPANS, BUCKETS, CATALOGUES = "spans", "buckets", "catalogues"


@dataclasses.dataclass(frozen=True)
class Ingest:
    """What a run of ingest is told.

    Attributes:
        plan: what to read.
        settings: of the run.
        domain: lowest and highest value allowed.
        latest_timestamp: last second allowed.
        uri: folder for the report, the quarantine and the Examples.
        write_examples: False to count only.
        span_uri: folder for the Examples of single spans; without it there are none.
        accepted_contents: digests of files that an earlier run accepted.
        test_not_before: test begins no earlier where it is cut off by a fraction; None: wherever that is.
    """

    plan: Plan
    settings: IngestSettings
    domain: tuple[float, float]
    latest_timestamp: int
    uri: str
    write_examples: bool = True
    span_uri: str = ""
    accepted_contents: frozenset[str] = frozenset()
    test_not_before: int | None = None

    def add_to(self, pipeline: beam.Pipeline) -> None:
        """Add every step to `pipeline`."""
        buckets = bucket_count(self.plan.total_bytes)
        read = (
            pipeline
            | "Blocks" >> beam.Create(list(self.plan.blocks))
            | "Read" >> beam.ParDo(_Read(self, buckets)).with_outputs()
        )
        grouped = read[PIECES] | "GroupByUser" >> beam.GroupByKey()
        joined = grouped | "Join" >> beam.MapTuple(_joined)
        split = joined | "Split" >> beam.ParDo(_Split(self), self._times(joined)).with_outputs()
        catalogue = _merged(split[CATALOGUES], "Catalogue", Catalogue.merge)
        spans = _merged(read[SPANS], "Spans", merged_spans) if self.plan.has_spans else ()
        _ = (
            pipeline
            | "Once" >> beam.Create([self.uri])
            | "WriteReport"
            >> beam.ParDo(
                WriteReport(self.plan),
                catalogue,
                beam.pvalue.AsIter((read[COUNTS], split[COUNTS]) | beam.Flatten()),
                spans,
                beam.pvalue.AsDict(read[REJECTED]),
                beam.pvalue.AsDict(read[LINE_COUNTS]),
            )
        )
        if self.write_examples:
            writer = WriteExamples(self.settings, self.plan.has_timestamps, self.uri, buckets)
            _ = split[BUCKETS] | "WriteExamples" >> beam.ParDo(writer, catalogue)
        if self.span_uri and self.plan.has_spans:
            of_spans = WriteSpanExamples(self.plan, self.span_uri, buckets)
            _ = grouped | "WriteSpanExamples" >> beam.ParDo(of_spans, spans)

    def _times(self, joined: beam.PCollection) -> Any:
        """Side input with the times of all pairs, which no strategy but the temporal one waits for."""
        if self.settings.split.strategy != "temporal":
            return None
        return _merged(joined | "Times" >> beam.MapTuple(_times_of), "AllTimes", Histogram.merge)


def _merged(parts: beam.PCollection, label: str, merge: Callable[[Iterable[Any]], Any]) -> Any:
    """Side input with everything in `parts` merged."""
    # Beam's own default for nothing to merge takes a step more.
    merged = parts | label >> beam.CombineGlobally(merge).without_defaults()
    return beam.pvalue.AsSingleton(merged, default_value=merge([]))


class _Read(beam.DoFn):
    """Block -> pieces of buckets, rejected rows, number of lines, counts, spans."""

    def __init__(self, ingest: Ingest, buckets: int) -> None:
        self._rules = (ingest.settings, ingest.domain, ingest.latest_timestamp)
        self._buckets = buckets
        contents, accepted = ingest.plan.contents, ingest.accepted_contents
        self._accepted = {name for name, digest in contents.items() if digest in accepted}

    def process(self, block: Block) -> Iterator[Any]:
        read = read_block(block, *self._rules)
        for bucket, table in cut(read.table, self._buckets):
            yield beam.pvalue.TaggedOutput(PIECES, (bucket, pack(block, table)))
        yield beam.pvalue.TaggedOutput(LINE_COUNTS, (block.ordinal, read.line_count))
        if read.rejected:
            yield beam.pvalue.TaggedOutput(REJECTED, (block.ordinal, read.rejected))
        yield beam.pvalue.TaggedOutput(COUNTS, row_counts(block, read))
        if block.file.span is not None:
            part = span_report(block, read, accepted=block.file.name in self._accepted)
            yield beam.pvalue.TaggedOutput(SPANS, (part,))


def _joined(number: int, pieces: Iterable[Piece]) -> tuple[int, Bucket]:
    """The pieces of one bucket -> the bucket."""
    return number, join(map(unpack, pieces))


def _times_of(_: int, bucket: Bucket) -> Histogram:
    """Bucket -> when its pairs of user and item are for the first time."""
    return Histogram.of(bucket.interactions.timestamp)


class _Split(beam.DoFn):
    """Bucket -> its users with their interactions by split, its items, counts."""

    def __init__(self, ingest: Ingest) -> None:
        self._settings, self._has_timestamps = ingest.settings, ingest.plan.has_timestamps
        self._test_not_before = ingest.test_not_before

    def process(self, keyed: tuple[int, Bucket], times: Histogram | None) -> Iterator[Any]:
        number, bucket = keyed
        cuts = cut_offs(times, self._settings.split, self._test_not_before) if times else None
        split = SplitBucket(bucket, assign(bucket, self._settings, self._has_timestamps, cuts))
        yield beam.pvalue.TaggedOutput(BUCKETS, (number, split))
        yield beam.pvalue.TaggedOutput(CATALOGUES, split.catalogue())
        yield beam.pvalue.TaggedOutput(COUNTS, user_counts(split))
        if cuts:
            yield beam.pvalue.TaggedOutput(COUNTS, {"test_from": cuts[1]})
