"""What ingest did with the rows it read."""

from __future__ import annotations

import itertools
from collections.abc import Iterable

from pydantic import BaseModel, ConfigDict


class BadRow(BaseModel):
    """One row that broke a rule."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    file: str
    """Name relative to the folder."""

    line: int
    """Line of the file, from 1 (a Parquet file: row, from 1)."""

    reason: str
    """The rule."""

    text: str
    """The line; escaped, and cut if it is long."""

    def __str__(self) -> str:
        return f"{self.file} line {self.line}: {self.reason} ({self.text!r})"


class SpanReport(BaseModel):
    """Counts of one span, before its rows are merged with those of others."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    """`span-N`."""

    rows: int = 0
    """Rows that broke no rule."""

    quarantined: int = 0
    """Rows that broke a rule."""

    first_timestamp: int | None = None
    """Seconds since 1970 of the oldest of its accepted rows; null without timestamps."""

    last_timestamp: int | None = None
    """Of the newest."""

    accepted: bool = False
    """Whether an earlier run accepted the very same contents."""

    bad_rows: tuple[BadRow, ...] = ()
    """The first rows that broke a rule."""

    @property
    def number(self) -> int:
        """12 of `span-12`."""
        return int(self.name.removeprefix("span-"))

    @classmethod
    def merge(cls, parts: Iterable[SpanReport]) -> SpanReport:
        """The report of a span out of those of its parts, of which there is at least one; no bad rows."""
        some = list(parts)
        first = [part.first_timestamp for part in some if part.first_timestamp is not None]
        last = [part.last_timestamp for part in some if part.last_timestamp is not None]
        return cls(
            name=some[0].name,
            rows=sum(part.rows for part in some),
            quarantined=sum(part.quarantined for part in some),
            first_timestamp=min(first, default=None),
            last_timestamp=max(last, default=None),
            accepted=some[0].accepted,
        )


def merged_spans(parts: Iterable[tuple[SpanReport, ...]]) -> tuple[SpanReport, ...]:
    """The spans of all `parts`, each once, in the order of their numbers."""
    by_number: dict[int, list[SpanReport]] = {}
    for span in itertools.chain.from_iterable(parts):
        by_number.setdefault(span.number, []).append(span)
    return tuple(SpanReport.merge(by_number[number]) for number in sorted(by_number))


class IngestReport(BaseModel):
    """Counts of one ingest.

    `rows_read = accepted + quarantined + duplicates`, and `interactions = accepted - in_test`.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    rows_read: int = 0
    """Rows of `interactions.*` and `test.*`."""

    accepted: int = 0
    """Rows that are used: distinct pairs of user and item."""

    quarantined: int = 0
    """Rows that broke a rule."""

    duplicates: int = 0
    """Rows merged into another of the same user and item, which has the value of the latest and the time of
    the first."""

    in_test: int = 0
    """Accepted rows taken out of train and eval because `test.*` holds the same user and item."""

    candidates_read: int = 0
    """Rows of `candidates.*`."""

    candidates_quarantined: int = 0
    """Rows of `candidates.*` that broke a rule."""

    candidates_unused: int = 0
    """Accepted rows of `candidates.*` of users who have no row in `test.*`."""

    users: int = 0
    """Distinct users."""

    items: int = 0
    """Distinct items, held-out ones too."""

    interactions: int = 0
    """Distinct pairs of user and item in train, eval and test."""

    train_interactions: int = 0
    """Those in train."""

    eval_interactions: int = 0
    """Those in eval."""

    test_interactions: int = 0
    """Those in test."""

    train_examples: int = 0
    """Users in train."""

    eval_examples: int = 0
    """Users in eval."""

    test_examples: int = 0
    """Users in test."""

    first_timestamp: int | None = None
    """Seconds since 1970 of the oldest row that broke no rule, duplicates too; null without timestamps."""

    last_timestamp: int | None = None
    """Of the newest."""

    test_from: int | None = None
    """First second of test under `temporal`; null under other strategies."""

    contents: dict[str, str] = {}
    """Digest of every file that was read, by its name relative to the folder."""

    spans: tuple[SpanReport, ...] = ()
    """The spans that were read, in the order of their numbers; none for one whole file."""

    empty: tuple[str, ...] = ()
    """The complete spans that have no rows."""

    waiting: tuple[str, ...] = ()
    """The spans that are not complete, and were not read."""

    bad_rows: tuple[BadRow, ...] = ()
    """The first rows that broke a rule, some of the interactions and some of the candidates."""

    @property
    def examples(self) -> dict[str, int]:
        """Examples by split."""
        return {"train": self.train_examples, "eval": self.eval_examples, "test": self.test_examples}

    def to_json(self) -> str:
        """As JSON, for `from_json`."""
        return self.model_dump_json(indent=2)

    @classmethod
    def from_json(cls, text: str) -> IngestReport:
        """What `to_json` wrote."""
        return cls.model_validate_json(text)
