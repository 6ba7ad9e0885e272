"""What every application here has that draws weights: a palette as deep as the terminal's colours, and its keys."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

from textual.app import SystemCommand
from textual.widget import Widget

from explorer.render import colormaps
from explorer.render.palette import ColorDepth, Palette
from explorer.tui.terminal_app import TerminalApp


class PaletteApp(TerminalApp[None]):
    """An application that draws weights in a colour map which can be changed."""

    CSS_PATH = "app.tcss"
    ENABLE_COMMAND_PALETTE = True

    def __init__(self) -> None:
        super().__init__()
        self.palette = Palette()

    def dress(self) -> None:
        """Take the theme, and as many colours as the terminal has; to be called when the application is mounted."""
        self.wear_themes()
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
