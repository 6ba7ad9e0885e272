"""What every application here does in a terminal: it wears the themes, and it ends when the terminal is closed."""

from __future__ import annotations

import signal
import sys
from typing import TypeVar

from textual.app import App

from explorer.tui.themes import DARK, LIGHT

TERMINAL_SECONDS = 1.0
"""How often is looked whether the terminal is still there."""
Result = TypeVar("Result")


class TerminalApp(App[Result]):
    """An application that ends with its terminal; nothing here takes long to import."""

    TITLE = "attn-explore"

    def on_mount(self) -> None:
        """End when the terminal is closed.

        The system's own signal reaches the leader of the session alone: started by ``make`` or a script, the program
        would stay, and read an end of file for ever.
        """
        if hasattr(signal, "SIGHUP") and not self.is_headless and _has_terminal():
            self.set_interval(TERMINAL_SECONDS, self._leave_without_terminal)

    def _leave_without_terminal(self) -> None:
        if not _has_terminal():  # nothing can be drawn or restored there any more; what was done is on the disk
            signal.signal(signal.SIGHUP, signal.SIG_DFL)
            signal.raise_signal(signal.SIGHUP)

    def wear_themes(self) -> None:
        """Take the dark theme; the light one can be chosen."""
        self.register_theme(DARK)
        self.register_theme(LIGHT)
        self.theme = DARK.name


def _has_terminal() -> bool:
    """Return whether keys come from a terminal."""
    stream = sys.__stdin__
    return stream is not None and not stream.closed and stream.isatty()
