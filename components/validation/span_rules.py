"""Rules for the rows of a span and their times, of which its statistics say nothing."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Sequence
from typing import TypeAlias

from tensorflow_metadata.proto.v0 import anomalies_pb2, schema_pb2

from components.ingest.report import SpanReport
from components.validation.span_drift import LEAST_ROWS

Reason: TypeAlias = anomalies_pb2.AnomalyInfo.Reason


def span_number(name: str) -> int:
    """12 of "span-12"."""
    return int(name.removeprefix("span-"))


def broken_rules(
    name: str, baseline: str, spans: Sequence[SpanReport], limits: schema_pb2.NumericValueComparator
) -> Iterator[Reason]:
    """What is wrong with the rows of a span.

    Args:
        name: of the span.
        baseline: name of the span to measure by.
        spans: all that were read.
        limits: lowest and highest number of rows, and of users, as a fraction of the baseline's.
    """
    named = {span.name: span for span in spans}
    earlier = [span for span in spans if span_number(span.name) < span_number(name)]
    yield from _few_or_many_rows(named[name], named[baseline], limits)
    yield from _older(named[name], earlier)


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
    times = {each.name: each.last_timestamp for each in earlier if each.last_timestamp is not None}
    if span.last_timestamp is None or not times:
        return
    newest = max(times, key=times.__getitem__)
    if span.last_timestamp < times[newest]:
        yield Reason(
            short_description="Older than an earlier span",
            description=f"Its newest interaction is of {_when(span.last_timestamp)}, older than the newest "
            f"of {newest}, {_when(times[newest])}.",
        )


def _when(timestamp: int) -> str:
    return f"{datetime.datetime.fromtimestamp(timestamp, datetime.timezone.utc):%Y-%m-%d %H:%M:%S} UTC"
