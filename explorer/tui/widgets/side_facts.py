"""Above the grids of a comparison: each side's name in its colour, its model and its switches."""

from __future__ import annotations

from rich.color import Color
from rich.style import Style
from rich.text import Text

from explorer.render.diverging import LEFT_GLYPHS, RIGHT_GLYPHS
from explorer.render.palette import readable_on
from explorer.tui.comparison import Comparison
from explorer.tui.pair import LEFT, NAMES
from explorer.tui.widgets.base import LinePanel

LEGEND_DIFFERENCE = 0.75
"""The difference whose colour a side's name has."""


class SideFacts(LinePanel):
    """One line: a bar where the keys change this side, its name, what it is, whether it is locked."""

    def __init__(self, number: int, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._number = number
        self._comparison: Comparison | None = None

    def show(self, comparison: Comparison) -> None:
        """Draw a side of a comparison."""
        self._comparison = comparison
        self.redraw()

    def content(self) -> list[Text]:
        """The line; nothing before there is a comparison."""
        comparison = self._comparison
        if comparison is None:
            return []
        active = comparison.active == self._number
        text = Text("▌" if active else " ", self.look("accent"), no_wrap=True)
        text.append_text(self._chip(comparison))
        if comparison.sides[self._number].locked:
            text.append("  locked", self.look("warn"))
        return [text.append(f"  {comparison.facts(self._number)}", self.plain if active else self.look("dim"))]

    def _chip(self, comparison: Comparison) -> Text:
        """Return the side's name in the colour, or with the glyph, of what it looks at more."""
        palette, left = comparison.palette, self._number == LEFT
        if palette.uses_glyphs:
            return Text(f"{NAMES[self._number]} {(LEFT_GLYPHS if left else RIGHT_GLYPHS)[-1]}", self.look("strong"))
        ground = palette.background(-LEGEND_DIFFERENCE if left else LEGEND_DIFFERENCE)
        style = Style.from_color(Color.from_rgb(*readable_on(ground)), Color.from_rgb(*ground))
        return Text(f" {NAMES[self._number]} ", style)
