"""The finished hypotheses of a beam search, the best first."""

from __future__ import annotations

from dataclasses import dataclass

from rich.text import Text
from textual import events
from textual.message import Message
from textual.reactive import reactive

from explorer.tui.widgets.base import LinePanel

HEAD = 12
"""Cells of rank and score."""


@dataclass(frozen=True, slots=True)
class Listed:
    """One line of the panel.

    Attributes:
        number: The node that it ends in.
        score: Its normalised log-probability.
        text: Its target.
        reached: Whether it goes through the chosen token.
    """

    number: int
    score: float
    text: str
    reached: bool


class HypothesesPanel(LinePanel):
    """Rank, score and text; what goes through the chosen token stands out. A click chooses the end of one."""

    BORDER_TITLE = "finished"

    listed: reactive[tuple[Listed, ...]] = reactive[tuple[Listed, ...]]((), repaint=False)
    """What is drawn, the best first."""

    @dataclass
    class Chosen(Message):
        """A hypothesis was clicked."""

        number: int

    def watch_listed(self) -> None:
        """Draw the other list."""
        self.redraw()

    def content(self) -> list[Text]:
        """Each hypothesis in as many lines as it needs, or in one where there is no room for all of all."""
        if not self.listed:
            return [Text("no hypothesis has ended yet", self.look("dim"))]
        return [line for _, line in self._lines()]

    def _lines(self) -> list[tuple[int, Text]]:
        """Return the lines, each with the place of the hypothesis that it belongs to."""
        single = [(place, self._head(place).append_text(self._text(place))) for place in range(len(self.listed))]
        room = max(8, self.size.width - HEAD)
        wrapped: list[tuple[int, Text]] = []
        for place in range(len(self.listed)):
            head = self._head(place)
            for part in self._text(place).wrap(self.app.console, room):
                wrapped.append((place, head.append_text(part)))
                head = Text(" " * HEAD)
        return wrapped if len(wrapped) <= self.size.height else single

    def _head(self, place: int) -> Text:
        each = self.listed[place]
        text = Text().append(f"#{place + 1:<3}", self.look("strong" if each.reached else "dim"))
        return text.append(f"{each.score:6.2f}  ", self.look("dim" if place else "accent"))

    def _text(self, place: int) -> Text:
        each = self.listed[place]
        return Text(each.text, self.plain if each.reached else self.look("dim"))

    def on_click(self, event: events.Click) -> None:
        """Choose the hypothesis under the mouse."""
        place, lines = event.get_content_offset(self), self._lines()
        if place is not None and place.y < len(lines):
            self.post_message(self.Chosen(self.listed[lines[place.y][0]].number))
