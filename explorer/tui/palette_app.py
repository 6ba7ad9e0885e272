"""What every application here has: the themes, a palette as deep as the terminal's colours, and its keys."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterable
from functools import partial

from textual.app import App, SystemCommand
from textual.widget import Widget

from explorer.render import colormaps
from explorer.render.palette import ColorDepth, Palette
from explorer.tui.themes import DARK, LIGHT

TERMINAL_SECONDS = 1.0
"""How often is looked whether the terminal is still there."""


class PaletteApp(App[None]):
    """An application that draws weights in a colour map which can be changed."""

    TITLE = "attn-explore"
    CSS_PATH = "app.tcss"
    ENABLE_COMMAND_PALETTE = True

    def __init__(self) -> None:
        super().__init__()
        self.palette = Palette()

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

    def dress(self) -> None:
        """Take the theme, and as many colours as the terminal has; to be called when the application is mounted."""
        self.register_theme(DARK)
        self.register_theme(LIGHT)
        self.theme = DARK.name
        # Without a terminal (screenshots, tests) Rich sees no colours, but what is drawn is exported in all of them.
        seen = "truecolor" if self.is_headless else self.console.color_system
        self.palette = Palette(depth=ColorDepth.of(seen, self.no_color))

    def guests(self) -> Iterable[Widget]:
        """Widgets that stand under the title of every screen that is no dialogue; none here."""
        return ()

    def next_palette(self) -> None:
        """Take the next colour map."""
        names = colormaps.names()
        self.set_palette(names[(names.index(self.palette.name) + 1) % len(names)])

    def set_palette(self, name: str) -> None:
        """Draw weights in another colour map."""
        self.palette = Palette(name, self.palette.exponent, self.palette.depth)
        self.show_palette()

    def show_palette(self) -> None:
        """Draw what is seen in the present palette."""
        raise NotImplementedError

    def palette_commands(self) -> Iterable[SystemCommand]:
        """Every colour map, by name."""
        for name in colormaps.names():
            yield SystemCommand(f"Colours: {name}", "Draw weights in this colour map", partial(self.set_palette, name))


def _has_terminal() -> bool:
    """Return whether keys come from a terminal."""
    stream = sys.__stdin__
    return stream is not None and not stream.closed and stream.isatty()
