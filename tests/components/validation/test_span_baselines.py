"""Which span is measured by which."""

import pytest

from components.ingest.report import SpanReport
from components.validation.span_baselines import with_baselines


@pytest.mark.parametrize(
    ("new", "accepted", "expected"),
    [
        ([], [], {}),
        ([7], [], {}),
        ([7, 9], [], {9: 7}),
        ([], [3], {}),
        ([5], [1, 2, 4], {5: 4}),
        ([3, 5], [1, 2, 4], {3: 2, 5: 4}),  # span-3 is late
        ([1, 2], [4, 6], {1: 4, 2: 4}),  # nothing before them was accepted
        ([5, 6, 10], [4], {5: 4, 6: 4, 10: 4}),  # never by one that was not accepted itself
    ],
)
def test_the_nearest_accepted_before_or_else_after(new, accepted, expected):
    spans = [SpanReport(name=f"span-{number}", accepted=True) for number in accepted]
    spans += [SpanReport(name=f"span-{number}") for number in reversed(new)]
    pairs = with_baselines(spans)
    assert [(span.number, baseline.number) for span, baseline in pairs] == list(expected.items())
