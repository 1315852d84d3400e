"""Titles of items, for people who read tables."""

import csv
from pathlib import Path

from models.errors import UserError


def read_titles(path: Path) -> dict[str, str]:
    """The title of each item in a CSV file with the columns item_id and title, others ignored.

    Raises:
        UserError: if the file cannot be read, or one of the columns is missing.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = csv.DictReader(file)
            columns = rows.fieldnames or []
            if "item_id" not in columns or "title" not in columns:
                found = ", ".join(columns)
                raise UserError(
                    f"{path}, line 1: titles need the columns item_id and title. Received: {found}"
                )
            return {row["item_id"]: row["title"] or "" for row in rows}
    except OSError as error:
        raise UserError(f"{path}: titles cannot be read ({error.strerror}); give another file") from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise UserError(f"{path}: titles should be a CSV file in UTF-8 ({error})") from error
