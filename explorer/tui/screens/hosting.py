"""What the tour needs of a screen: its name, what it says of itself, and a place for the chapter under the title."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, ClassVar

from rich.console import RenderableType
from textual.app import ComposeResult
from textual.screen import Screen

from explorer.tui.palette_app import PaletteApp

if TYPE_CHECKING:
    from explorer.render.figure import Figure
    from explorer.tui.measures import Value


class Hosting:
    """A screen that a chapter of the tour can stand on."""

    board: ClassVar[str] = ""
    """What chapters call it."""

    @property
    def readings(self) -> Mapping[str, Value]:
        """What it says of itself, by the names of `explorer.tui.measures`."""
        return {}

    def exhibits(self) -> Sequence[Figure | RenderableType]:
        """What of it can be put on a page: figures of its runs, and what it draws as text."""
        return ()

    def guests(self) -> ComposeResult:
        """Widgets that the application puts under the title."""
        if isinstance(self, Screen) and isinstance(self.app, PaletteApp):
            yield from self.app.guests()
