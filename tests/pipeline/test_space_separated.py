import typer
from typer.testing import CliRunner

from pipeline.cli.space_separated import SpaceSeparated

app = typer.Typer()


@app.command(cls=SpaceSeparated)
def show(
    names: list[str] = typer.Option([], "--names"),  # noqa: B008
    sizes: list[int] = typer.Option([], "--sizes"),  # noqa: B008
    out: str = typer.Option("", "--out"),
) -> None:
    print(names, sizes, out)


def output(*arguments):
    result = CliRunner().invoke(app, arguments)
    return result.exit_code, result.output.strip()


def test_values_stand_side_by_side():
    assert output("--names", "a", "b", "--sizes", "1", "2", "--out", "x") == (0, "['a', 'b'] [1, 2] x")


def test_values_may_be_repeated_or_joined():
    assert output("--names", "a", "--names=b", "--names", "c", "d") == (0, "['a', 'b', 'c', 'd'] []")


def test_another_option_takes_one_value():
    assert output("--out", "x", "y")[0] == 2
