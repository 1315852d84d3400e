"""What `autoncf data check` reads and prints."""

import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Literal, NamedTuple

from rich.console import Console
from rich.table import Table
from rich.text import Text

from components.ingest.report import IngestReport
from components.ingest.settings import IngestSettings, SplitSettings
from models.errors import UserError
from pipeline.cli.beam_logs import quiet_beam

_BAD_ROWS_SHOWN = 10


class Rules(NamedTuple):
    """What a folder is checked against."""

    settings: IngestSettings
    schema: str
    """Name or path of the schema with the domain of the values."""
    name: str
    """As a person would call them."""


def rules_of(
    folder: Path, feedback: Literal["explicit", "implicit"], config: str | None, overrides: Sequence[str]
) -> Rules:
    """The rules of `config`, or those a folder without one suggests: its own `test.*` if it has that.

    Raises:
        UserError: if the config is wrong, or single keys are set and there is none.
    """
    if config is not None:
        from pipeline.config import load_config

        loaded = load_config(config, overrides)
        return Rules(loaded.data, loaded.schema_name, f"config {config}")
    if overrides:
        raise UserError(f"--set {overrides[0]} sets a key of a config: name one with --config.")
    strategy: Literal["given", "leave-one-out"] = "given" if any(folder.glob("test.*")) else "leave-one-out"
    settings = IngestSettings(feedback=feedback, split=SplitSettings(strategy=strategy))
    return Rules(settings, feedback, f"{feedback} feedback, split {strategy}")


def check_folder(folder: Path, rules: Rules, quarantine: Path | None, console: Console) -> None:
    """Check `folder`, print counts and the first bad rows, and copy all of them to `quarantine`.

    Raises:
        UserError: if ingest would refuse the folder.
    """
    with quiet_beam(), tempfile.TemporaryDirectory(prefix="autoncf-check-") as scratch:
        with console.status(f"Reading {folder} ..."):
            from components.ingest import quarantine as quarantine_file
            from components.ingest.checking import check
            from components.ingest.refusal import refusal
            from schemas import schema_path, value_domain

            domain = value_domain(schema_path(rules.schema))
            report = check(str(folder), rules.settings, domain, quarantine_dir=scratch)
        listed = Path(scratch) / quarantine_file.FILE_NAME
        if quarantine is not None and listed.exists():
            _copy(listed, quarantine)
    console.print(f"{folder}, by the rules of {rules.name}:", markup=False, highlight=False, soft_wrap=True)
    console.print(_counts_table(report))
    for spans, remark in ((report.empty, "no rows"), (report.waiting, "not complete: no _SUCCESS yet")):
        if spans:
            console.print(f"Passed over, {remark}: {', '.join(spans)}.", style="yellow", soft_wrap=True)
    if report.bad_rows:
        console.print(_bad_rows_table(report))
    place = str(quarantine) if quarantine else "the file that --quarantine FILE writes"
    if (sentence := refusal(report, rules.settings, place)) is not None:
        raise UserError(sentence)
    console.print("A run accepts this folder.", style="green")


def _copy(listed: Path, quarantine: Path) -> None:
    try:
        quarantine.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(listed, quarantine)
    except OSError as error:
        raise UserError(
            f"--quarantine {quarantine} cannot be written ({error.strerror or error}); choose another file."
        ) from None


def _counts_table(report: IngestReport) -> Table:
    table = Table(show_header=False)
    table.add_column()
    table.add_column(justify="right")
    for label, number in (
        ("spans", len(report.spans)),
        ("rows read", report.rows_read),
        ("accepted", report.accepted),
        ("quarantined", report.quarantined),
        ("duplicates dropped", report.duplicates),
        ("also in test", report.in_test),
        ("candidates read", report.candidates_read),
        ("candidates quarantined", report.candidates_quarantined),
    ):
        if number or label in ("rows read", "accepted", "quarantined"):
            table.add_row(label, f"{number:,}")
    table.add_section()
    for label, number in (
        ("users", report.users),
        ("items", report.items),
        ("interactions to train on", report.train_interactions),
        ("interactions in eval", report.eval_interactions),
        ("interactions in test", report.test_interactions),
    ):
        table.add_row(label, f"{number:,}")
    return table


def _bad_rows_table(report: IngestReport) -> Table:
    shown = report.bad_rows[:_BAD_ROWS_SHOWN]
    bad = report.quarantined + report.candidates_quarantined
    caption = f"the first {len(shown)} of {bad:,}" if bad > len(shown) else None
    table = Table(
        title="Rows that break a rule", title_justify="left", caption=caption, caption_justify="left"
    )
    table.add_column("file")
    table.add_column("line", justify="right")
    table.add_column("reason")
    table.add_column("text", overflow="ellipsis", no_wrap=True, max_width=40)
    for row in shown:
        table.add_row(Text(row.file), f"{row.line:,}", Text(row.reason), Text(row.text))
    return table
