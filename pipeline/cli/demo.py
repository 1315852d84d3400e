"""`autoncf demo`: the quick start, from MovieLens 100k to recommendations over gRPC."""

import os
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.rule import Rule

USER = "196"
HISTORY = ["50", "172", "181"]
HISTORY_TITLES = "Star Wars, The Empire Strikes Back, Return of the Jedi"


def demo(
    root: Annotated[Path, typer.Option("--root", help="The folder of the deployment.")] = Path(
        "runs/ml-100k"
    ),
    data: Annotated[Path, typer.Option("--data", help="Where the dataset is, or goes.")] = Path(
        "data/ml-100k"
    ),
) -> None:
    """Fetch MovieLens 100k, run the pipeline, serve the model, and ask it for a known and for a new user."""
    from pipeline.cli.data import fetch
    from pipeline.cli.run import run

    # TensorFlow reads this when it is loaded, for the run; the server afterwards should be as quiet as alone.
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    console = Console(highlight=False)
    _announce(console, f"autoncf data fetch ml-100k --out {data}")
    fetch("ml-100k", data)
    _announce(console, f"autoncf run --config ml-100k --data {data} --root {root}")
    run("ml-100k", root, data)
    _ask(console, root, data)


def _ask(console: Console, root: Path, data: Path) -> None:
    from pipeline.cli.tables import recommendations_table
    from pipeline.cli.tensorflow_logs import import_tensorflow_silently
    from pipeline.cli.titles import read_titles
    from pipeline.locations import Locations

    import_tensorflow_silently()
    from serving.client import Recommender
    from serving.server import EmbeddedServer

    titles_file = data / "items.csv"
    titles = read_titles(titles_file)
    _announce(console, f"autoncf serve --root {root}")
    with EmbeddedServer(Locations(root).serving, port=0) as server:
        console.print(f"Version {server.version} answers on {server.address}.")
        with Recommender(server.address) as recommender:
            _announce(console, f"autoncf recommend --user {USER} -k 10 --titles {titles_file}")
            console.print(recommendations_table(f"for user {USER}", recommender.recommend(USER, 10), titles))
            history = ",".join(HISTORY)
            _announce(console, f'autoncf recommend --history "{history}" -k 10 --titles {titles_file}')
            answer = recommender.recommend_from_history(HISTORY, k=10)
            console.print(
                recommendations_table(f"for somebody new who liked {HISTORY_TITLES}", answer, titles)
            )
    console.print("The server is stopped. The model stays pushed: the commands above ask it again.")


def _announce(console: Console, command: str) -> None:
    console.print(Rule(f"$ {command}", align="left", style="bold"))
