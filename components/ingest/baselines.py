"""Which spans are new, and by which older one each of them is measured."""

from __future__ import annotations

from collections.abc import Sequence

from components.ingest.report import SpanReport


def baselines(spans: Sequence[SpanReport]) -> dict[str, str]:
    """The name of every span to measure with that of the span to measure it by.

    Those to measure have rows and no earlier run accepted what is in them: new spans, whatever their
    numbers, and spans that were delivered again. The measure is the nearest accepted span below by number,
    else the nearest above. Where nothing was accepted before, the newest span is measured by the one before
    it.

    Args:
        spans: all that were read, in the order of their numbers.
    """
    filled = [span for span in spans if span.rows]
    accepted = [span for span in filled if span.accepted]
    if not accepted:
        return {filled[-1].name: filled[-2].name} if len(filled) > 1 else {}
    return {span.name: _nearest(span, accepted).name for span in filled if not span.accepted}


def _nearest(span: SpanReport, accepted: Sequence[SpanReport]) -> SpanReport:
    below = [other for other in accepted if other.number < span.number]
    return below[-1] if below else accepted[0]


def to_compare(spans: Sequence[SpanReport]) -> tuple[str, ...]:
    """Names of the spans that `baselines` speaks of, in the order of `spans`.

    If it speaks of none, that of the newest span that has rows.
    """
    measured = baselines(spans)
    wanted = {*measured.keys(), *measured.values()}
    filled = [span.name for span in spans if span.rows]
    return tuple(name for name in filled if name in wanted) or tuple(filled[-1:])
