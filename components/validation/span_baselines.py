"""Which span each new one is measured by."""

from __future__ import annotations

from collections.abc import Collection

from components.ingest.report import SpanReport


def with_baselines(spans: Collection[SpanReport]) -> list[tuple[SpanReport, SpanReport]]:
    """Every span that no run has accepted, with the one to measure it by, in the order of their numbers.

    That is the nearest accepted one before it; for a late span that has none, the nearest after it. Where
    nothing was accepted yet, the oldest span is the measure of the others.

    Args:
        spans: those that can be compared.
    """
    in_order = sorted(spans, key=lambda span: span.number)
    accepted = [span for span in in_order if span.accepted]
    if not accepted:
        return [(span, in_order[0]) for span in in_order[1:]]
    return [(span, _nearest(span, accepted)) for span in in_order if not span.accepted]


def _nearest(span: SpanReport, accepted: list[SpanReport]) -> SpanReport:
    before = [each for each in accepted if each.number < span.number]
    return before[-1] if before else accepted[0]
