"""Rules for the rows of a span and their times, of which its statistics say nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeAlias

from tensorflow_metadata.proto.v0 import anomalies_pb2, schema_pb2

from components.ingest.clock import utc
from components.ingest.report import SpanReport
from components.validation.span_drift import LEAST_ROWS

ANY_TIME = "any-time"
"""Tag of a schema that lets a span be older than those before it."""

LEAST_NEWER = 2
"""Rows of earlier spans that are newer than a whole span: a single one may have a wrong time."""

Reason: TypeAlias = anomalies_pb2.AnomalyInfo.Reason


def broken_rules(
    span: SpanReport, baseline: SpanReport, spans: Sequence[SpanReport], schema: schema_pb2.Schema
) -> Iterator[Reason]:
    """What is wrong with the rows of a span.

    Args:
        span: the span.
        baseline: the span to measure by.
        spans: all that were read.
        schema: with the lowest and highest number of rows, and of users, as a fraction of the baseline's, and
            perhaps the tag `ANY_TIME`.
    """
    yield from _few_or_many_rows(span, baseline, schema.dataset_constraints.num_examples_drift_comparator)
    if ANY_TIME not in schema.annotation.tag:
        yield from _older(span, [each for each in spans if each.number < span.number])


def _few_or_many_rows(
    span: SpanReport, baseline: SpanReport, limits: schema_pb2.NumericValueComparator
) -> Iterator[Reason]:
    if max(span.rows, baseline.rows) < LEAST_ROWS:
        return
    ratio = span.rows / baseline.rows
    measured = f"There are {span.rows} rows, {ratio:.3g} times the {baseline.rows} of {baseline.name}"
    if limits.HasField("min_fraction_threshold") and ratio < limits.min_fraction_threshold:
        yield Reason(
            type=anomalies_pb2.AnomalyInfo.COMPARATOR_LOW_NUM_EXAMPLES,
            short_description="Too few rows",
            description=f"{measured}, below the threshold {limits.min_fraction_threshold:g}.",
        )
    if limits.HasField("max_fraction_threshold") and ratio > limits.max_fraction_threshold:
        yield Reason(
            type=anomalies_pb2.AnomalyInfo.COMPARATOR_HIGH_NUM_EXAMPLES,
            short_description="Too many rows",
            description=f"{measured}, above the threshold {limits.max_fraction_threshold:g}.",
        )


def _older(span: SpanReport, earlier: Sequence[SpanReport]) -> Iterator[Reason]:
    if span.last_timestamp is None:
        return
    newer = {each.name: _known_newer(each, span.last_timestamp) for each in earlier}
    if sum(newer.values()) < LEAST_NEWER:
        return
    last = {each.name: each.last_timestamp for each in earlier if each.last_timestamp is not None}
    newest = max(last, key=last.__getitem__)
    yield Reason(
        short_description="Older than an earlier span",
        description=f"Its newest interaction is of {utc(span.last_timestamp)}, older than the newest of "
        f"{newest}, {utc(last[newest])}.",
    )


def _known_newer(span: SpanReport, time: int) -> int:
    """How many of its rows are surely newer than `time`: its oldest and its newest are all one knows."""
    if span.first_timestamp is None or span.last_timestamp is None:
        return 0
    return span.rows if span.first_timestamp > time else int(span.last_timestamp > time)
