"""The finished hypotheses of a beam search, the best first."""

from __future__ import annotations

from dataclasses import dataclass

from rich.text import Text
from textual import events
from textual.message import Message
from textual.reactive import reactive

from explorer.tui.widgets.base import LinePanel


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
        """One line a hypothesis."""
        if not self.listed:
            return [Text("no hypothesis has ended yet", self.look("dim"))]
        lines = []
        for rank, each in enumerate(self.listed, start=1):
            text = Text(f"#{rank:<2} ", self.look("strong" if each.reached else "dim"))
            text.append(f"{each.score:6.2f}  ", self.look("accent" if rank == 1 else "dim"))
            text.append(each.text, self.plain if each.reached else self.look("dim"))
            lines.append(text)
        return lines

    def on_click(self, event: events.Click) -> None:
        """Choose the hypothesis under the mouse."""
        place = event.get_content_offset(self)
        if place is not None and place.y < len(self.listed):
            self.post_message(self.Chosen(self.listed[place.y].number))
