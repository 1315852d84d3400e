"""A console of a command that stays, whose work matters more than what it says of it."""

import contextlib

from rich.console import Console


class LogConsole(Console):
    """Prints whole lines; one that cannot be written, as on a full disk or to nobody, is lost."""

    def write_line(self, text: str, style: str | None = None) -> None:
        """Prints a text as it is."""
        with contextlib.suppress(OSError):
            self.print(text, style=style, markup=False, highlight=False, soft_wrap=True)

    def on_broken_pipe(self) -> None:
        """Raises the BrokenPipeError, where Rich would end the process."""
        raise
