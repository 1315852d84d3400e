"""`autoncf recommend`: ask a running server for recommendations."""

import csv
import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console

from models.errors import UserError
from pipeline.cli.tables import recommendations_table
from pipeline.cli.tensorflow_logs import import_tensorflow_silently
from pipeline.cli.titles import read_titles

if TYPE_CHECKING:
    from serving.results import Recommendations


def recommend(
    user: Annotated[str | None, typer.Option("--user", help="Id of a user.")] = None,
    history: Annotated[
        str | None,
        typer.Option(
            "--history", help='Item ids of somebody new, such as "50,172,181"; quote ids with commas.'
        ),
    ] = None,
    values: Annotated[
        str | None,
        typer.Option(
            "--values", help='Value of each item of --history, such as "5,3,4"; without them all were liked.'
        ),
    ] = None,
    k: Annotated[int, typer.Option("-k", min=1, help="How many items.")] = 10,
    address: Annotated[str, typer.Option("--address", help="host:port of the server.")] = "localhost:8500",
    titles: Annotated[
        Path | None, typer.Option("--titles", help="CSV file with item_id,title, such as items.csv.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")] = False,
) -> None:
    """Ask a running server for the best items for a user, or for somebody new who is known by a history."""
    if (user is None) == (history is None):
        raise UserError("give either --user ID or --history ITEM,ITEM,…, and not both")
    if values is not None and history is None:
        raise UserError("--values belongs to --history: give one value per item of the history")
    names = read_titles(titles) if titles else {}
    items = parse_ids(history) if history is not None else []
    weights = parse_values(values) if values is not None else None
    import_tensorflow_silently()
    from serving.client import Recommender

    with Recommender(address) as recommender:
        if user is not None:
            answer = recommender.recommend(user, k)
        else:
            answer = recommender.recommend_from_history(items, weights, k)
    if as_json:
        asked: dict[str, Any] = {"item_ids": items} if user is None else {"user_id": user}
        typer.echo(json.dumps(asked | _as_json(answer, names), ensure_ascii=False))
    else:
        title = f"for the history {history}" if user is None else f"for user {user}"
        Console().print(recommendations_table(title, answer, names))


def parse_ids(text: str) -> list[str]:
    """The ids in a comma list; one that holds a comma stands in double quotes.

    Raises:
        UserError: if there is no id or an empty one, or a quote does not close.
    """
    try:
        ids = [text.strip() for text in next(csv.reader([text], skipinitialspace=True, strict=True), [])]
    except csv.Error as error:
        raise UserError(f"--history {text}: quotes do not match ({error}); close each one") from error
    if not ids or "" in ids:
        raise UserError(
            f'--history "{text}": an item id is empty; give ids with commas between, such as "50,172"'
        )
    return ids


def parse_values(text: str) -> list[float]:
    """The numbers in a comma list.

    Raises:
        UserError: if one of them is not a finite number.
    """
    try:
        values = [float(part) for part in text.split(",")]
    except ValueError:
        values = [math.nan]
    if not all(map(math.isfinite, values)):
        raise UserError(f'--values "{text}": each value should be a finite number, such as "5,3,4"')
    return values


def _as_json(answer: "Recommendations", titles: Mapping[str, str]) -> dict[str, Any]:
    items = [
        {"rank": rank, "item_id": item.item_id}
        | ({"title": titles[item.item_id]} if item.item_id in titles else {})
        | {"score": item.score}
        for rank, item in enumerate(answer.items, start=1)
    ]
    return {"known": answer.known, "items": items}
