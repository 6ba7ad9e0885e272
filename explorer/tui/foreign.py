"""The application that shows attention from a file."""

from __future__ import annotations

import os
from collections.abc import Iterable

from textual.app import SystemCommand
from textual.screen import Screen

from explorer.runtime.foreign.pair import ForeignFile
from explorer.tui.launch import FRAMES_PER_SECOND
from explorer.tui.palette_app import PaletteApp
from explorer.tui.screens.foreign import ForeignScreen, Shown


class ForeignApp(PaletteApp):
    """attn-explore's interface on a file, without a model."""

    def __init__(self, file: ForeignFile, index: int = 0, shown: Shown = (None, None, None)) -> None:
        """Create the application.

        Args:
            file: What was read.
            index: The sentence to begin with, counted from 0.
            shown: The layer, head and aggregate to begin with, which that sentence has.
        """
        super().__init__()
        self._file = file
        self._index = index
        self._first_shown = shown

    def on_mount(self) -> None:
        """Show the file."""
        self.dress()
        self.push_screen(ForeignScreen(self._file, self._index, self._first_shown, self.palette))

    @property
    def viewer(self) -> ForeignScreen | None:
        """The screen of the file, below whatever is over it."""
        return next((screen for screen in self.screen_stack if isinstance(screen, ForeignScreen)), None)

    def show_palette(self) -> None:
        """Draw the file in the present palette."""
        screen = self.viewer
        if screen is not None and screen.view is not None:
            screen.view = screen.view.replace(palette=self.palette)

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """Everything that can be switched, by name."""
        yield from super().get_system_commands(screen)
        viewer = self.viewer
        if viewer is None:
            return
        yield from self.palette_commands()
        yield SystemCommand("Sentences", "Pick a sentence of the file", viewer.action_sentences)
        yield SystemCommand("Reading view", "The source as text, or the grid again", viewer.action_view)
        yield SystemCommand("All heads", "Look at every head at once", viewer.action_heads)
        yield SystemCommand("Figure", "Write what is seen to a file", viewer.action_figure)


def run_viewer(file: ForeignFile, index: int, shown: Shown) -> None:
    """Show a file until the viewer is closed; arguments as of `ForeignApp`."""
    os.environ.setdefault("TEXTUAL_FPS", FRAMES_PER_SECOND)
    ForeignApp(file, index, shown).run()
