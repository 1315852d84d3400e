"""Examples of single spans: one per user who is active in the span, to hold spans against each other."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import apache_beam as beam

from components.ingest.blocks import Plan
from components.ingest.data_file import span_name
from components.ingest.examples import span_record_batch
from components.ingest.grouping import join
from components.ingest.pieces import Piece, unpack


class WriteSpanExamples(beam.DoFn):
    """Writes one file per span for every bucket.

    Args:
        plan: of the run.
        spans: numbers of those to write.
        uri: of the Examples.
        buckets: how many there are.
    """

    def __init__(self, plan: Plan, spans: Iterable[int], uri: str, buckets: int) -> None:
        wanted = set(spans)
        self._span_of = {block.ordinal: block.file.span for block in plan.blocks if block.file.span in wanted}
        self._uri, self._buckets = uri, buckets

    def process(self, keyed: tuple[int, Iterable[Piece]]) -> Iterator[str]:
        """Write the Examples of one bucket, and yield the names of the spans that got any."""
        # TensorFlow and TFX-BSL take seconds to import, and counting needs neither.
        from tfx_bsl.coders.example_coder import RecordBatchToExamplesEncoder

        from components.ingest.shards import write_shard

        bucket, pieces = keyed
        by_span: dict[int, list[Piece]] = {}
        for piece in pieces:
            if (span := self._span_of.get(piece[0])) is not None:
                by_span.setdefault(span, []).append(piece)
        encoder = RecordBatchToExamplesEncoder()
        for span, some in by_span.items():
            batch = span_record_batch(join(map(unpack, some)))
            write_shard(self._uri, span_name(span), bucket, self._buckets, encoder.encode(batch))
            yield span_name(span)
