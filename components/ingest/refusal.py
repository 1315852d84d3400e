"""When a whole run is refused."""

from collections.abc import Sequence

from components.ingest.clock import utc
from components.ingest.report import BadRow, IngestReport
from components.ingest.settings import IngestSettings
from components.ingest.splits import SPLIT_NAMES

_SHOWN = 3
_FEW = 10
"""Fewer bad rows than this do not condemn a single span, which may be small."""

_REMEDIES = {
    "leave-one-out": "eval takes users with at least 3 interactions, test users with at least 2",
    "random": "raise split.eval_fraction or split.test_fraction",
    "temporal": "set split.eval_from and split.test_from to points of time inside the data",
    "given": "eval takes users with at least 2 interactions, or a split.eval_fraction of explicit ones",
}


def refusal(
    report: IngestReport, settings: IngestSettings, quarantine: str, test_not_before: int | None = None
) -> str | None:
    """The one sentence that says why nothing may be trained on what was read, or None.

    Args:
        report: what was read.
        settings: of the run.
        quarantine: where the rows that broke a rule are listed.
        test_not_before: as ingest was told.
    """
    for bad, read, what, of_candidates in (
        (report.quarantined, report.rows_read, "rows", False),
        (report.candidates_quarantined, report.candidates_read, "rows of candidates", True),
    ):
        if bad > settings.max_quarantined * read:
            rows = [row for row in report.bad_rows if row.file.startswith("candidates.") == of_candidates]
            return _too_many(bad, read, what, rows, settings, quarantine)
    for span in report.spans:
        read = span.rows + span.quarantined
        if span.quarantined >= _FEW and span.quarantined > settings.max_quarantined * read:
            return _too_many(
                span.quarantined, read, f"rows of {span.name}", span.bad_rows, settings, quarantine
            )
    if not report.test_examples and test_not_before is not None and report.test_from == test_not_before:
        return (
            f"No pair of user and item is newer than {utc(test_not_before)}, since when an earlier model was "
            "tested, and what that model may have learnt cannot test the next: wait for new interactions, or "
            "use a new root."
        )
    empty = [name for name in SPLIT_NAMES if not report.examples[name]]
    if empty:
        return (
            f"{report.accepted:,} interactions of {report.users:,} users ({report.duplicates:,} duplicates "
            f"were dropped) leave no Example for {' and '.join(empty)} under split.strategy = "
            f'"{settings.split.strategy}": {_REMEDIES[settings.split.strategy]}.'
        )
    return None


def _too_many(
    bad: int, read: int, what: str, rows: Sequence[BadRow], settings: IngestSettings, quarantine: str
) -> str:
    shown = "; ".join(map(str, rows[:_SHOWN]))
    return (
        f"{bad:,} of {read:,} {what} ({bad / read:.1%}) break a rule, more than max_quarantined = "
        f"{settings.max_quarantined:.1%}: {shown}. All of them are in {quarantine}: mend them, raise "
        "max_quarantined, or name a schema_file whose domain holds your values."
    )
