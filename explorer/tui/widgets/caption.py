"""What is said about the moment of a session that is played."""

from __future__ import annotations

from dataclasses import dataclass

from rich.text import Text
from textual.reactive import reactive

from explorer.runtime.labels import printable
from explorer.tui.widgets.base import LinePanel

WIDE = 100
"""Cells from which on there is room for the title."""


@dataclass(frozen=True, slots=True)
class Said:
    """What the bar shows.

    Attributes:
        title: Name of the session, "" for one without.
        number: The moment, counted from 1.
        length: How many there are.
        playing: Whether they follow each other by themselves.
        caption: What is said.
    """

    title: str
    number: int
    length: int
    playing: bool
    caption: str


class CaptionBar(LinePanel):
    """The caption, behind the number of the moment; a caption that was said stays until there is another."""

    said: reactive[Said | None] = reactive[Said | None](None, repaint=False)
    """What is shown; None before there is anything."""

    def watch_said(self) -> None:
        """Draw it."""
        self.redraw()

    def content(self) -> list[Text]:
        """Where the session is, and what is said, in the lines that there are."""
        said = self.said
        if said is None:
            return []
        titled = said.title and self.size.width >= WIDE
        head = Text(f"{printable(said.title)} " if titled else "", self.look("accent"))
        head.append(f"{said.number}/{said.length} {'▶' if said.playing else '▮▮'}  ", self.look("dim"))
        caption = Text(printable(said.caption), self.look("strong"))
        height, width = max(1, self.size.height), max(8, self.size.width - head.cell_len)
        lines = list(caption.wrap(self.app.console, width))
        if len(lines) > height:
            lines = [*lines[: height - 1], Text(" ").join(lines[height - 1 :])]
        indent = Text(" " * head.cell_len)
        return [(indent if number else head) + line for number, line in enumerate(lines)] or [head]
