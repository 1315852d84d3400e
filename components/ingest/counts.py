"""Counts of blocks and buckets, of which the report is made."""

from __future__ import annotations

import numpy as np

from components.ingest.blocks import Block
from components.ingest.data_file import Role, span_name
from components.ingest.heldout import SplitBucket
from components.ingest.reader import ReadBlock
from components.ingest.report import SpanReport
from components.ingest.splits import Split


def row_counts(block: Block, read: ReadBlock) -> dict[str, int]:
    """Fields of the report that tell of the rows of a block."""
    rows, bad = read.table.num_rows + len(read.rejected), len(read.rejected)
    if block.file.role is Role.CANDIDATES:
        return {"candidates_read": rows, "candidates_quarantined": bad}
    return {"rows_read": rows, "quarantined": bad} | _first_and_last(block, read)


def span_report(block: Block, read: ReadBlock, accepted: bool) -> SpanReport:
    """What a block tells of the span that it is a part of."""
    assert block.file.span is not None
    return SpanReport(
        name=span_name(block.file.span),
        rows=read.table.num_rows,
        quarantined=len(read.rejected),
        accepted=accepted,
        **_first_and_last(block, read),
    )


def _first_and_last(block: Block, read: ReadBlock) -> dict[str, int]:
    """Times of the oldest and the newest accepted row, where there are any."""
    if "timestamp" not in block.layout.positions or not read.table.num_rows:
        return {}
    times = read.table.column("timestamp").to_numpy()
    return {"first_timestamp": int(times.min()), "last_timestamp": int(times.max())}


def user_counts(split_bucket: SplitBucket) -> dict[str, int]:
    """Fields of the report that tell of the users of a bucket."""
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
