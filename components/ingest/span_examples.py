"""Examples of single spans: one per user who is active in the span, to hold spans against each other."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import apache_beam as beam

from components.ingest.baselines import to_compare
from components.ingest.blocks import Plan
from components.ingest.data_file import span_name
from components.ingest.examples import span_record_batch
from components.ingest.grouping import join
from components.ingest.pieces import Piece, unpack
from components.ingest.report import SpanReport


class WriteSpanExamples(beam.DoFn):
    """Writes one file per span to compare for every bucket.

    Args:
        plan: of the run.
        uri: of the Examples.
        buckets: how many there are.
    """

    def __init__(self, plan: Plan, uri: str, buckets: int) -> None:
        self._span_of = {
            block.ordinal: span_name(block.file.span) for block in plan.blocks if block.file.span is not None
        }
        self._uri, self._buckets = uri, buckets

    def process(self, keyed: tuple[int, Iterable[Piece]], spans: Sequence[SpanReport]) -> Iterator[str]:
        """Write the Examples of one bucket, and yield the names of the spans that got any.

        Args:
            keyed: number of the bucket and its rows.
            spans: all that were read.
        """
        # TensorFlow and TFX-BSL take seconds to import, and counting needs neither.
        from tfx_bsl.coders.example_coder import RecordBatchToExamplesEncoder

        from components.ingest.shards import write_shard

        bucket, pieces = keyed
        wanted = to_compare(spans)
        by_span: dict[str, list[Piece]] = {}
        for piece in pieces:
            span = self._span_of.get(piece[0])
            if span is not None and span in wanted:
                by_span.setdefault(span, []).append(piece)
        encoder = RecordBatchToExamplesEncoder()
        for span, some in by_span.items():
            batch = span_record_batch(join(map(unpack, some)))
            write_shard(self._uri, span, bucket, self._buckets, encoder.encode(batch))
            yield span
