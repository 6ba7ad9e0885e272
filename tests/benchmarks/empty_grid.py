"""The least that a Textual program with a grid needs: the floor under the explorer's start and switch."""

from __future__ import annotations

from rich.segment import Segment
from rich.style import Style
from textual.app import App, ComposeResult
from textual.reactive import reactive
from textual.strip import Strip
from textual.widget import Widget


class Grid(Widget):
    """Lines of coloured cells."""

    shade = reactive(0)

    def render_line(self, y: int) -> Strip:
        """One line."""
        style = Style(bgcolor=f"rgb({(y * 5 + self.shade * 40) % 256},0,60)")
        return Strip([Segment("bits".ljust(self.size.width), style)], self.size.width)


class EmptyGridApp(App[None]):
    """The grid alone; any key repaints it."""

    def compose(self) -> ComposeResult:
        """The grid."""
        yield Grid()

    def on_key(self) -> None:
        """Repaint."""
        self.query_one(Grid).shade += 1


if __name__ == "__main__":
    EmptyGridApp().run()
