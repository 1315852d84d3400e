"""Options that take several values, one behind another: `--datasets lastfm amusic`."""

from collections.abc import Iterator
from typing import Any

from typer.core import TyperCommand


class SpaceSeparated(TyperCommand):
    """A command whose repeatable options also take their values side by side.

    `--datasets lastfm amusic` is read as `--datasets lastfm --datasets amusic`.
    """

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Repeats the name of an option before each of its values."""
        return super().parse_args(ctx, list(self._repeated(args)))

    def _repeated(self, args: list[str]) -> Iterator[str]:
        names = {name for option in self.params if getattr(option, "multiple", False) for name in option.opts}
        current, values = "", 0
        for argument in args:
            if argument.startswith("-"):
                current, values = argument if argument in names else "", 0
            elif current:
                if values:
                    yield current
                values += 1
            yield argument
