"""Which spans are held against which."""

import pytest

from components.ingest.baselines import baselines, to_compare
from components.ingest.report import SpanReport


def spans(numbers, accepted, without_rows=()):
    return [
        SpanReport(
            name=f"span-{number}", rows=0 if number in without_rows else 5, accepted=number in accepted
        )
        for number in numbers
    ]


def named(pairs):
    return {f"span-{new}": f"span-{old}" for new, old in pairs.items()}


@pytest.mark.parametrize(
    ("numbers", "accepted", "measured", "compared"),
    [
        # Nothing was accepted: the newest two.
        ([3, 7, 9], [], {9: 7}, [7, 9]),
        ([5], [], {}, [5]),
        ([], [], {}, []),
        # New ones at the end.
        ([3, 7, 9], [3, 7], {9: 7}, [7, 9]),
        ([3, 7, 9], [3], {7: 3, 9: 3}, [3, 7, 9]),
        # A late one between accepted ones, and one at the end on the same night.
        ([1, 2, 3, 4, 5], [1, 2, 4], {3: 2, 5: 4}, [2, 3, 4, 5]),
        # One before all that were accepted: the nearest above.
        ([3, 7, 9], [7, 9], {3: 7}, [3, 7]),
        ([1, 2, 7, 9], [7, 9], {1: 7, 2: 7}, [1, 2, 7]),
        # Nothing new: the newest accepted.
        ([3, 7, 9], [3, 7, 9], {}, [9]),
        # Numbers, not letters, and ten is above nine.
        ([9, 10, 11], [9, 10], {11: 10}, [10, 11]),
    ],
)
def test_every_new_span_has_a_baseline(numbers, accepted, measured, compared):
    read = spans(numbers, accepted)
    assert baselines(read) == named(measured)
    assert to_compare(read) == tuple(f"span-{number}" for number in compared)


@pytest.mark.parametrize(
    ("accepted", "without_rows", "measured", "compared"),
    [
        ([1, 2], [3], {}, [2]),  # the new one has nothing to measure
        ([1, 2], [2], {3: 1}, [1, 3]),  # the nearest has nothing to measure by
        ([1], [1], {3: 2}, [2, 3]),  # no accepted one has
        ([], [3], {2: 1}, [1, 2]),
        ([], [1, 2, 3], {}, []),
    ],
)
def test_spans_without_a_good_row_are_neither_new_nor_a_measure(accepted, without_rows, measured, compared):
    read = spans([1, 2, 3], accepted, without_rows)
    assert baselines(read) == named(measured)
    assert to_compare(read) == tuple(f"span-{number}" for number in compared)
